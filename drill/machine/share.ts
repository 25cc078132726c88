/** What a drill had of its machine, against the machine that the objectives were set on, and what may be judged by that. Pure. */
import type { Check, Report } from '../../scripts/lib/drill-report';
import { REFERENCE_CORES, speedOf } from './reference';

export type Share = NonNullable<Report['share']>['beforeFault'];

/** One look at the machine, in ticks since it started. */
export interface Sample {
  /** Milliseconds since the epoch. */
  at: number;
  total: number;
  used: number;
  /** What the drill and its hosts used. */
  own: number;
  /** Milliseconds that the reference work took. */
  workMs: number;
}

/** A machine of its own, as fast as the reference. */
export const WHOLE: Share = { others: 0, speed: 1, of: 1 };

/** The share between two moments. */
export function shareBetween(samples: Sample[], from: number, to: number, cores: number): Share {
  // With the last look before and the first one after.
  const seen = samples.slice(
    Math.max(0, samples.filter(({ at }) => at <= from).length - 1),
    samples.filter(({ at }) => at < to).length + 1,
  );
  let total = 0;
  let taken = 0;
  let [before] = seen;
  for (const now of seen) {
    // Where it shrank, somebody else reaped a process of ours, with all that it had used: this stretch says nothing.
    if (before !== undefined && now.own >= before.own) {
      total += now.total - before.total;
      taken += Math.max(0, now.used - before.used - (now.own - before.own));
    }
    before = now;
  }
  const others = total > 0 ? taken / total : 0;
  const speed = speedOf(seen.map(({ workMs }) => workMs));
  return { others, speed, of: Math.min(1, speed) * Math.min(1, (cores * (1 - others)) / REFERENCE_CORES) };
}

/**
 * A figure against its objective. It is missed only if it would have been missed too had all that others took, and what the
 * machine is slower than the reference, been the drill's: otherwise a miss speaks of the machine and not of the fleet.
 */
export function against(
  seconds: number | null,
  objectiveSeconds: number,
  share: Share,
): Pick<Check, 'ok' | 'inconclusive'> {
  if (seconds !== null && seconds <= objectiveSeconds) return { ok: true };
  return seconds !== null && seconds * share.of <= objectiveSeconds ? { ok: false, inconclusive: true } : { ok: false };
}

/** Below this a machine was starved: what has no figure that could be held against an objective is then not judged. */
const STARVED_BELOW = 0.75;

export const starved = ({ of }: Pick<Share, 'of'>): boolean => of < STARVED_BELOW;

/** For people: `other programs had 52 % of the machine, whose cores run at 98 % of the reference`. */
export function shareWords({ others, speed }: Share): string {
  const percent = (value: number) => `${Math.round(value * 100)} %`;
  return `other programs had ${percent(others)} of this machine, whose cores ran at ${percent(Math.min(1, speed))} of the reference`;
}
