/**
 * Which machine of a host is its primary. A host has two places for a machine, `<host>` and `<host>-twin`, which take turns: each raise of its
 * `rebuild` value makes the other one the primary. So the machine that serves stays as it is until its successor has taken over, and lowering the
 * value before that goes back to it. Where a standby is asked for, it waits in the other place. Pure.
 */
import type { Settings } from '../../stacks/model/settings';

export interface Slot {
  /** Name of its resources. */
  name: string;
  /** The machine is replaced when this changes. */
  replacementTrigger: number;
}

export interface Machines {
  primary: Slot;
  /** Absent where none is asked for. */
  standby?: Slot;
  /** How often a successor was asked for. */
  generation: number;
}

export const twinOf = (host: string): string => `${host}-twin`;

/** Both names that a machine of the host may have. */
export const slotsOf = (host: string): string[] => [host, twinOf(host)];

/** The machines of a host and their parts. One that ceases to be the primary is no standby until it is made anew: what it holds is old. */
export function machinesOf(host: string, { standby, rebuild }: Pick<Settings, 'standby' | 'rebuild'>): Machines {
  const generation = rebuild[host] ?? 0;
  const own: Slot = { name: host, replacementTrigger: Math.ceil(generation / 2) };
  const twin: Slot = { name: twinOf(host), replacementTrigger: Math.floor(generation / 2) };
  const [primary, other] = generation % 2 ? [twin, own] : [own, twin];
  return { primary, ...(standby[host] ? { standby: other } : {}), generation };
}
