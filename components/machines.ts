/**
 * Which machine of a host is its primary. A host with a standby has two, `<host>` and `<host>-twin`, which take turns: each raise of its
 * `promote` value changes their parts. The one that ceases to be the primary is made anew: what it holds is old, and it may not even be
 * reachable. Pure.
 */
import type { Settings } from '../stacks/settings';

export interface Slot {
  /** Name of its resources. */
  name: string;
  /** The machine is replaced when this changes. */
  replacementTrigger: number | string;
}

export interface Machines {
  primary: Slot;
  /** Absent where none is asked for. */
  standby?: Slot;
  /** How often the parts were changed. */
  promoted: number;
}

export const twinOf = (host: string): string => `${host}-twin`;

/** The machines of a host and their parts. */
export function machinesOf(host: string, { standby, promote, rebuild }: Pick<Settings, 'standby' | 'promote' | 'rebuild'>): Machines {
  const promoted = promote[host] ?? 0;
  const slot = (name: string, ceased: number): Slot => ({ name, replacementTrigger: ceased ? `${rebuild[name] ?? 0} ${ceased}` : (rebuild[name] ?? 0) });
  const own = slot(host, Math.ceil(promoted / 2));
  const twin = slot(twinOf(host), Math.floor(promoted / 2));
  const [primary, other] = promoted % 2 ? [twin, own] : [own, twin];
  return { primary, ...(standby[host] ? { standby: other } : {}), promoted };
}
