/** An even pace for writers that share it. */
import { setTimeout as sleep } from 'node:timers/promises';

/** What could not be sent in time is made up for at once only as far as this; the rest is left out, so that no burst follows an outage. */
const BACKLOG_MS = 500;

export class Pace {
  private readonly intervalMs: number;
  private slot: number;

  constructor(
    perSecond: number,
    private readonly now: () => number = Date.now,
  ) {
    this.intervalMs = 1000 / perSecond;
    this.slot = now() - this.intervalMs;
  }

  /** Takes the next free slot; returns the milliseconds until it. */
  take(): number {
    this.slot = Math.max(this.slot + this.intervalMs, this.now() - BACKLOG_MS);
    return Math.max(0, this.slot - this.now());
  }
}

/** Writes at a pace until told to stop, whatever fails: a forge that is away for minutes is written to again when it is back. */
export async function keepWriting(write: () => Promise<void>, pace: Pace, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(pace.take(), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    // The log has the failure; it was not acknowledged.
    await write().catch(() => undefined);
  }
}
