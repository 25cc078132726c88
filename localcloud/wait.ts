import { setTimeout as delay } from 'node:timers/promises';
import { CloudError } from './errors';

export interface WaitOptions {
  what: string;
  timeoutMs: number;
  everyMs?: number;
}

/** Polls until the probe gives something other than undefined or false; says what was missing when the time is over. */
export async function waitFor<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  { what, timeoutMs, everyMs = 20 }: WaitOptions,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new CloudError(`${what} did not happen within ${Math.round(timeoutMs / 1000)} s.`);
    await delay(everyMs);
  }
}
