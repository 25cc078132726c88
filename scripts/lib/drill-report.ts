/** What a drill writes down: report.json, checked by this schema before it is written. Drills write it, documents read it. */
import { z } from 'zod';

const seconds = z.number().nonnegative();
const moment = z.iso.datetime();

/** An acknowledged write that did not come back, or came back different. */
export const lossSchema = z.strictObject({
  dataset: z.string(),
  kind: z.string(),
  id: z.string(),
  /** When the client was told that it was done. */
  acknowledgedAt: moment,
  /** `missing` or `different`. */
  how: z.enum(['missing', 'different']),
});

/** Acknowledged writes of one kind between the start of the load and the fault. */
const rateSchema = z.strictObject({
  acknowledged: z.number().int().nonnegative(),
  perSecond: z.number().nonnegative(),
});

/** One write of the load. */
export const loggedWriteSchema = z.strictObject({
  sentAt: moment,
  /** When the client was told how it ended; null for one in flight. */
  at: moment.nullable(),
  kind: z.enum(['issue', 'comment', 'label', 'push']),
  id: z.string(),
  /** `in-flight`: sent before the fault and never acknowledged. */
  outcome: z.enum(['acknowledged', 'in-flight', 'failed']),
  /** Whether it is there after the rebuild; without meaning for one that was not acknowledged. */
  recovered: z.boolean(),
});

export const checkSchema = z.strictObject({
  name: z.string().min(1),
  ok: z.boolean(),
  /** It does not hold, and that may be the machine’s doing: then it says nothing of the fleet. */
  inconclusive: z.literal(true).optional(),
  detail: z.string(),
});

/** What the drill had of its machine. */
const shareSchema = z.strictObject({
  /** Part of the machine’s CPU time that other programs, or other machines of its hypervisor, used. */
  others: z.number().min(0).max(1),
  /** Speed of a core against the machine that the objectives were set on. */
  speed: z.number().positive(),
  /** Both together: what was left to the drill, against that machine, at most 1. */
  of: z.number().min(0).max(1),
});

/** One step of the engine. `end` is null when the run was cut off in the middle of it. */
export const engineStepSchema = z.strictObject({
  name: z.string(),
  op: z.string(),
  start: moment,
  end: moment.nullable(),
  failed: z.boolean(),
});

/** A figure against its objective; null when it never came. */
const held = z.strictObject({ seconds: seconds.nullable(), objectiveSeconds: seconds });

/** One service of a host that died. */
export const serviceSchema = z.strictObject({
  host: z.string(),
  service: z.string(),
  /** Whether the cutover waits for it. */
  critical: z.boolean(),
  /** From a kill of its process until it was up again by itself; null where nothing runs all the time, or was not killed. */
  restart: held.nullable(),
  /** From the fault to the end of its verification on the new host; of the forge to the first transaction through its public name. */
  rto: held,
  /** How long before the fault its newest write is that came back, where one is lost; null where it has no data. */
  rpo: held.nullable(),
  /** Its verification with its synthetic transaction, once more at the end. */
  transaction: z.strictObject({ ok: z.boolean(), said: z.string() }),
});

export const reportSchema = z.strictObject({
  stack: z.string().min(1),
  engine: z.string().min(1),
  cloud: z.string().min(1),
  machine: z.strictObject({
    hostname: z.string(),
    cpus: z.number().int().positive(),
    cpuModel: z.string(),
    memoryMiB: z.number().int().positive(),
    system: z.string(),
    node: z.string(),
  }),
  /** What was asked for, enough to run the same drill again. */
  options: z.strictObject({
    size: z.enum(['small', 'standard', 'large']),
    seed: z.number().int().nonnegative(),
    checkPreview: z.boolean(),
    upgradeFrom: z.union([z.string(), z.literal(true)]).optional(),
    fault: z.string().optional(),
    stack: z.string().optional(),
    all: z.string().optional(),
  }),
  startedAt: moment,
  endedAt: moment,
  fault: z.strictObject({ kind: z.string(), at: moment }).nullable(),
  phases: z.array(z.strictObject({ name: z.string().min(1), start: moment, end: moment })),
  /** What the drill had of its machine, while it was written to before the fault, and from the fault to the first transaction; absent without a fault, and where its hosts are elsewhere. */
  share: z.strictObject({ beforeFault: shareSchema, sinceFault: shareSchema }).optional(),
  /** Steps of the engine in the rebuild; absent when none was begun. */
  steps: z.array(engineStepSchema).optional(),
  rto: z.strictObject({
    /** Seconds from the fault to the first successful synthetic transaction; null when there was none. */
    fresh: seconds.nullable(),
    cachedClient: seconds.nullable(),
    objectiveSeconds: seconds,
  }),
  rpo: z.array(z.strictObject({ dataset: z.string(), seconds: seconds.nullable(), objectiveSeconds: seconds })),
  /** Services beside the forge; absent where the drill is of the forge alone. */
  services: z.array(serviceSchema).optional(),
  writes: z.strictObject({
    acknowledged: z.number().int().nonnegative(),
    recovered: z.number().int().nonnegative(),
    lost: z.array(lossSchema),
    /** Rows of the load that came back and that nobody sent like that. */
    invented: z.number().int().nonnegative(),
    /** What was written while the fault struck; null when it never did. */
    load: z
      .strictObject({
        seconds,
        database: rateSchema,
        pushes: rateSchema,
        /** Sent and not answered when the fault struck. */
        inFlight: z.strictObject({ database: z.number().int().nonnegative(), pushes: z.number().int().nonnegative() }),
        /** Not acknowledged although the fault was yet to come. */
        failed: z.number().int().nonnegative(),
      })
      .nullable(),
    /** The load around the fault, in the order of sending. */
    log: z.array(loggedWriteSchema),
  }),
  /** Data of the drilled hosts after the rebuild, as their heartbeats count it; absent where none told. */
  bytes: z.number().int().nonnegative().optional(),
  checks: z.array(checkSchema),
  standIns: z.array(z.string()),
  /** `refused`: the program had to refuse, did, and touched nothing. `inconclusive`: the machine managed too little of the work that a fault is to put at risk. */
  verdict: z.enum(['recovered', 'refused', 'failed', 'interrupted', 'inconclusive']),
  /** Why it ended early. */
  failure: z.string().optional(),
});

export type Report = z.infer<typeof reportSchema>;
export type ServiceFigures = z.infer<typeof serviceSchema>;
export type Check = z.infer<typeof checkSchema>;
export type EngineStep = z.infer<typeof engineStepSchema>;
export type Loss = z.infer<typeof lossSchema>;
