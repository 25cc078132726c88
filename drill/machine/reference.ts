/** A fixed piece of work that tells how fast a core is now, against the machine that the objectives were set on. */

/** Milliseconds of CPU time that the work takes on the reference machine: one core of a 2-core Debian 12 machine, on which a rebuild takes some 40 s. */
const REFERENCE_MS = 5;
const ROUNDS = 2_500_000;

/** Cores of the reference machine. */
export const REFERENCE_CORES = 2;

let sink = 0;

/** Does it once; milliseconds of CPU time, so that what others took meanwhile is not counted twice. */
export function work(): number {
  const began = process.cpuUsage();
  let state = 1 + (sink & 1);
  for (let round = 0; round < ROUNDS; round++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  sink = state;
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

/** Speed of a core against the reference, by the fastest of several runs: during the others more of this process was at work. */
export const speedOf = (runs: number[]): number => (runs.length ? REFERENCE_MS / Math.min(...runs) : 1);
