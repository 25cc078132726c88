/** A fixed piece of work that tells how fast a core is now, against the machine that the objectives were set on. */
import { performance } from 'node:perf_hooks';

/** Milliseconds of the work on the reference machine: one core of a 2-core Debian 12 machine, on which a rebuild takes some 40 s. */
const REFERENCE_MS = 5;
const ROUNDS = 2_500_000;

/** Cores of the reference machine. */
export const REFERENCE_CORES = 2;

let sink = 0;

/** Does it once; milliseconds. */
export function work(): number {
  const began = performance.now();
  let state = 1 + (sink & 1);
  for (let round = 0; round < ROUNDS; round++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  sink = state;
  return performance.now() - began;
}

/** Speed of a core against the reference, by the fastest of several runs: the others were held up by whatever else ran. */
export const speedOf = (runs: number[]): number => (runs.length ? REFERENCE_MS / Math.min(...runs) : 1);
