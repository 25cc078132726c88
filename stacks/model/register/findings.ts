/** What a register shows to be open: blanks, an order that leaves something behind, and work that is marked done and is not. */
import { isCarried, isMoved, targetOf, type Machine, type Register, type Row } from './schema';

export interface Finding {
  kind: 'blank' | 'order' | 'done' | 'wave';
  /** Names of the rows, machines or gates that it is about. */
  about: string[];
  what: string;
}

/** Findings of a register that is valid. */
export const findingsOf = (register: Register): Finding[] => [
  ...blankMachines(register),
  ...blankRows(register),
  ...blankGates(register),
  ...emptyWaves(register),
  ...leftBehind(register),
  ...doneAndNot(register),
];

const lacks = (blanks: string[]) => `lacks ${blanks.join(', ')}`;

function blankMachines({ machines }: Register): Finding[] {
  return machines.flatMap((machine) => {
    const blanks = [
      ...(hasAddress(machine) && machine.address === null ? ['address'] : []),
      ...(machine.target === null ? ['target'] : []),
    ];
    return blanks.length ? [{ kind: 'blank' as const, about: [machine.name], what: lacks(blanks) }] : [];
  });
}

/** A client is never connected to, and one that is not made yet has none. */
const hasAddress = ({ kind, madeFrom }: Machine) => kind !== 'client' && madeFrom === null;

/** Rows of a kind that lack the same are one finding. */
function blankRows(register: Register): Finding[] {
  const groups = new Map<string, Finding>();
  for (const row of register.rows) {
    const blanks = blanksOf(row, register);
    if (!blanks.length) continue;
    const key = `${row.kind}: ${blanks.join()}`;
    const group = groups.get(key) ?? { kind: 'blank', about: [], what: `${row.kind} ${lacks(blanks)}` };
    group.about.push(row.name);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Names of what a row lacks. */
export function blanksOf(row: Row, { rows, machines }: Register): string[] {
  if (isCarried(row, rows)) return [];
  const isFrozen = (on: string) => machines.some(({ name, frozen }) => name === on && frozen);
  // Lanes and tunnels have no wave of their own: they change with what they lead to.
  const isLeaving =
    row.kind !== 'lane' && row.kind !== 'tunnel' && (row.today.on?.some(isFrozen) ?? row.kind === 'workload');
  const checks: Array<[name: string, isBlank: boolean]> = [
    ['current host', row.today.on === null],
    ['target', row.target === null],
    ['target host', targetOf(row)?.on === null],
    ['owner', row.owner.length === 0],
    ['wave', row.wave === null && isLeaving],
    ['method', row.method === null],
    ['target registry', row.kind === 'pipeline' && row.registry?.target === null],
  ];
  return checks.flatMap(([name, isBlank]) => (isBlank ? [name] : []));
}

function blankGates({ waves, promotion }: Register): Finding[] {
  return [
    ...waves.flatMap(({ number, gates }) => gates.map((gate) => ({ gate, of: `wave ${number}` }))),
    ...promotion.map((gate) => ({ gate, of: 'promotion' })),
  ]
    .filter(({ gate }) => gate.owner === null)
    .map(({ gate, of }) => ({ kind: 'blank', about: [`${of}: ${gate.what}`], what: 'gate lacks owner' }));
}

function emptyWaves({ waves, rows }: Register): Finding[] {
  return waves.flatMap(({ number, what, tasks }) => {
    const wrong = [
      ...(rows.some(({ wave }) => wave === number) ? [] : ['no row belongs to it']),
      ...(tasks.length ? [] : ['no task is named for it']),
    ];
    return wrong.length
      ? [{ kind: 'wave' as const, about: [`wave ${number}: ${what}`], what: wrong.join(', and ') }]
      : [];
  });
}

/** What moves before something that it needs must reach that on the machine it left, and needs a lane until then. */
function leftBehind({ rows }: Register): Finding[] {
  return rows.flatMap((needed): Finding[] => {
    const { wave } = needed;
    if (typeof wave !== 'number') return [];
    const earlier = rows.filter(
      (row) => typeof row.wave === 'number' && row.wave < wave && targetOf(row)?.needs.includes(needed.id),
    );
    if (!earlier.length) return [];
    const first = Math.min(...earlier.map((row) => Number(row.wave)));
    return [
      {
        kind: 'order',
        about: earlier.map(({ name }) => name),
        what: `needs ${needed.name}, which moves in wave ${wave}: from wave ${first} until then a lane must lead to it on ${(needed.today.on ?? ['where it is']).join(', ')}`,
      },
    ];
  });
}

/** Every task that owns a row is marked done, and the row is not where it is to be. */
function doneAndNot({ rows, tasks }: Register): Finding[] {
  const done = new Set(tasks.filter((task) => task.done).map(({ id }) => id));
  const groups = new Map<string, string[]>();
  for (const row of rows)
    if (row.owner.length && row.owner.every((id) => done.has(id)) && row.target !== null && !isMoved(row)) {
      const owners = row.owner.join(', ');
      groups.set(owners, [...(groups.get(owners) ?? []), row.name]);
    }
  return [...groups].map(([owners, about]) => ({
    kind: 'done',
    about,
    what: `${owners}: marked done, and it is not where it is to be, so nobody is left who moves it`,
  }));
}
