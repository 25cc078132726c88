/**
 * Shape of a register: hosts that were there before, everything that runs on them or leads between them, and where each is to go. Strict
 * everywhere. What a document leaves blank is null or empty here: a finding (findings.ts), not an error.
 */
import { z } from 'zod';

const id = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,40}$/, 'use lower-case letters, digits and hyphens, starting with a letter (at most 41)');
const words = z.string().min(1, 'write words, or null where the document has none');

const originSchema = z.strictObject({
  /** Section of the document. */
  section: words,
  /** Numbers of its facts. */
  facts: z.array(z.string().regex(/^S\d+-\d{2,3}$/, 'write it as S2-86')).min(1, 'name at least one fact'),
});

export const machineSchema = z.strictObject({
  name: id,
  /** A client opens connections and takes none; what is experimental is outside production. */
  kind: z.enum(['server', 'client', 'experimental']),
  /** What it is known by. */
  identity: words.nullable(),
  address: z.ipv4().nullable(),
  /** Nothing new may go there: it is emptied. */
  frozen: z.boolean(),
  /** Machine that is wiped to become this one, which does not exist until then. */
  madeFrom: id.nullable(),
  /** Its part today, and the one that it is to have. */
  today: words,
  target: words.nullable(),
  origin: originSchema,
});

/** Where a row is, and what it does not work without. */
export const placeSchema = z.strictObject({
  /**
   * Machines of which it needs every one. Those of a lane are in the order in which it leads, those of a tunnel the one that opens it and the one
   * that it connects to. Null where no document says.
   */
  on: z.array(id).min(1, 'name a machine, or write null').nullable(),
  /** As the document writes it. */
  as: words,
  /** Rows that it does not work without. */
  needs: z.array(id),
});

const common = {
  id,
  name: words,
  today: placeSchema,
  /** Null where no document says. */
  target: z.union([placeSchema, z.literal('retired')]).nullable(),
  /** Tasks that move it. */
  owner: z.array(words),
  /** Wave in which it leaves a frozen machine. */
  wave: z.union([z.number().int().positive(), z.literal('with its workload')]).nullable(),
  method: words.nullable(),
  origin: originSchema,
};

/** Whether production breaks while it is away. */
const critical = z.boolean();

const rowSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('workload'), ...common, critical }),
  /** From whoever uses it to what is used. */
  z.strictObject({ kind: z.literal('lane'), ...common, critical }),
  /** One connection, which may carry several lanes. */
  z.strictObject({
    kind: z.literal('tunnel'),
    ...common,
    critical,
    /** With `reverse` the far end uses what the opening machine reaches. */
    carries: z.enum(['forward', 'reverse']),
    /** Whose certificate opens it. */
    actor: words,
  }),
  /** `count`: for how many repositories it stands. */
  z.strictObject({ kind: z.literal('remote'), ...common, count: z.number().int().positive() }),
  z.strictObject({ kind: z.literal('checkout'), ...common }),
  z.strictObject({ kind: z.literal('sink'), ...common }),
  z.strictObject({
    kind: z.literal('pipeline'),
    ...common,
    /** Where its images go; null where it makes none. */
    registry: z.strictObject({ today: words, target: words.nullable() }).nullable(),
  }),
]);

/** What production does by itself, at set times or when something happens, and the rows that it does not work without. */
const dutySchema = z.strictObject({
  id,
  name: words,
  today: z.array(id),
  target: z.array(id),
  origin: originSchema,
});

const taskSchema = z.strictObject({
  id: words,
  what: words.nullable(),
  /** As the document says. */
  done: z.boolean(),
  after: z.array(words),
});

const gateSchema = z.strictObject({ what: words, owner: words.nullable(), origin: originSchema });

const waveSchema = z.strictObject({
  number: z.number().int().positive(),
  what: words,
  tasks: z.array(words),
  /** What must be so before it begins, beside the waves before it. */
  gates: z.array(gateSchema),
  origin: originSchema,
});

const gapSchema = z.strictObject({ subject: words, source: words, why: words, closes: words });
const contradictionSchema = z.strictObject({ about: words, says: z.array(words), taken: words });

export const registerSchema = z.strictObject({
  /** Name of the fleet. */
  name: id,
  /** Document that it is taken from, with its day. */
  document: words,
  machines: z.array(machineSchema).min(1, 'declare at least one machine'),
  rows: z.array(rowSchema),
  duties: z.array(dutySchema),
  tasks: z.array(taskSchema),
  waves: z.array(waveSchema),
  /** What a workload needs before it is production on its target. */
  promotion: z.array(gateSchema),
  gaps: z.array(gapSchema),
  contradictions: z.array(contradictionSchema),
});

export type Register = z.infer<typeof registerSchema>;
export type Machine = z.infer<typeof machineSchema>;
export type Place = z.infer<typeof placeSchema>;
export type Row = z.infer<typeof rowSchema>;
export type Duty = z.infer<typeof dutySchema>;
export type Task = z.infer<typeof taskSchema>;
export type Wave = z.infer<typeof waveSchema>;
export type Gate = z.infer<typeof gateSchema>;
export type Origin = z.infer<typeof originSchema>;

/** Kinds of rows, in the order in which they are shown. */
export const KINDS = ['workload', 'lane', 'tunnel', 'remote', 'checkout', 'sink', 'pipeline'] as const;

/** Where a row is to be; undefined where it is retired or no document says. */
export const targetOf = ({ target }: Row): Place | undefined => (target && target !== 'retired' ? target : undefined);

const sameMachines = (one: Place['on'], other: Place['on']): boolean =>
  one !== null && JSON.stringify(one) === JSON.stringify(other);

/** Whether a row is already on the machines that it is to be on. What is retired goes from the register once it is gone. */
export function isMoved(row: Row): boolean {
  const target = targetOf(row);
  return target !== undefined && sameMachines(row.today.on, target.on);
}

/** Whether a tunnel carries a lane today: then the lane says what becomes of both. */
export const isCarried = (row: Row, rows: Row[]): boolean =>
  row.kind === 'tunnel' && rows.some(({ kind, today }) => kind === 'lane' && today.needs.includes(row.id));
