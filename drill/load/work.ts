/** How much is written before a drill's fault. A number and not a rate: how long it takes is the machine's affair. */
import { Inconclusive, UserError } from '../../scripts/lib/errors';
import { starved, type Share } from '../machine/share';
import { Random } from '../seed/random';

export interface Work {
  /** Acknowledged writes to the database. */
  database: number;
  pushes: number;
}

/** Writes a second that the load keeps to where the machine lets it. */
export const PACE: Work = { database: 12.5, pushes: 1.35 };

/** Acknowledged writes to each other dataset of a whole stack. */
export const PROBES = 3;

/** So long a machine may take for it. */
export const WORK_MS = 10 * 60_000;

/** The seed says how much, so that the fault does not always strike at the same stage of a backup. */
export function workOf(seed: number): Work {
  const random = new Random(seed);
  return { database: random.between(100, 200), pushes: random.between(10, 20) };
}

export const workWords = ({ database, pushes }: Work): string =>
  `${database} writes to the database and ${pushes} pushes`;

/**
 * Why a drill ends before its fault: too little was acknowledged within the bound. Of a forge that refuses more than it takes
 * that is its failure, unless the machine was starved; otherwise it says nothing of the forge.
 */
export function tooLittle(
  wanted: Work,
  { acknowledged, failed, why }: { acknowledged: Work; failed: number; why?: string },
  share: Share,
): UserError {
  if (failed > acknowledged.database + acknowledged.pushes && !starved(share))
    return new UserError(`The forge refused ${failed} writes before the fault, such as: ${why}.`);
  return new Inconclusive(
    `Of ${workWords(wanted)} only ${acknowledged.database} and ${acknowledged.pushes} were acknowledged within ${WORK_MS / 60_000} minutes: this machine is too slow or too busy for a drill, which says nothing of the fleet.`,
  );
}
