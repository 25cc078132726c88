/** What breaks while a machine is away. */
import { isCarried, targetOf, type Register, type Row } from './schema';

export type Named = Pick<Row, 'id' | 'kind' | 'name'>;

export interface Casualty {
  id: string;
  name: string;
  /** Ways to the machine: rows that it needs, one after the other, the last one on the machine. Empty where it is there itself. */
  because: Named[][];
}

export interface Blast {
  /** Duties, and critical workloads, that do not work. */
  breaks: Casualty[];
  /** Everything else that does not work: what breaks stands on it, or only people at the machine use it. */
  goes: Named[];
  /** Rows of which no document says where they are, so that nobody can tell. */
  unknown: Named[];
}

export interface BlastRadius {
  machine: string;
  today: Blast;
  target: Blast;
}

/** What breaks without a machine, today and once everything is where it is to be. */
export const blastRadius = (register: Register, machine: string): BlastRadius => ({
  machine,
  today: blastOf(register, machine, 'today'),
  target: blastOf(register, machine, 'target'),
});

function blastOf({ rows, duties }: Register, machine: string, when: 'today' | 'target'): Blast {
  const there = rows.filter((row) => when === 'today' || (row.target !== 'retired' && !isCarried(row, rows)));
  const placeOf = (row: Row) => (when === 'today' ? row.today : targetOf(row));
  const byId = new Map(there.map((row) => [row.id, row]));
  const isOn = (row: Row) => placeOf(row)?.on?.includes(machine) === true;
  const needsOf = (row: Row) => (placeOf(row)?.needs ?? []).flatMap((id) => byId.get(id) ?? []);

  /** The shortest way from a row to the machine, the row included. */
  const wayFrom = (first: Row): Row[] | undefined => {
    const ways = [{ last: first, way: [first] }];
    const seen = new Set([first]);
    for (const { last, way } of ways) {
      if (isOn(last)) return way;
      for (const next of needsOf(last).filter((row) => !seen.has(row))) {
        seen.add(next);
        ways.push({ last: next, way: [...way, next] });
      }
    }
    return undefined;
  };
  const waysFrom = (needed: Row[]): Named[][] =>
    needed.flatMap((row) => {
      const way = wayFrom(row);
      return way ? [way.map(named)] : [];
    });

  const down = there.filter(wayFrom);
  const isCasualty = (row: Row) => row.kind === 'workload' && row.critical;
  return {
    breaks: [
      ...duties.map(({ id, name, [when]: needs }) => ({
        id,
        name,
        because: waysFrom(needs.flatMap((one) => byId.get(one) ?? [])),
      })),
      ...down.filter(isCasualty).map((row) => ({
        id: row.id,
        name: row.name,
        because: [...(isOn(row) ? [[]] : []), ...waysFrom(needsOf(row))],
      })),
    ].filter(({ because }) => because.length),
    goes: down.filter((row) => !isCasualty(row)).map(named),
    unknown: there.filter((row) => !placeOf(row)?.on && !down.includes(row)).map(named),
  };
}

const named = ({ id, kind, name }: Row): Named => ({ id, kind, name });
