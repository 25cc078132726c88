/** The outside watcher: a host is dead after `failures` failed checks in a row, `intervalSeconds` apart. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface MonitorPlan {
  intervalSeconds: number;
  timeoutSeconds: number;
  failures: number;
}

/** Counts checks. Pure: time comes in with each observation. */
export class MonitorState {
  private failed = 0;
  /** When it was decided that the host is dead. */
  deadAt: number | undefined;

  constructor(private readonly failures: number) {}

  observe(ok: boolean, at: number): void {
    this.failed = ok ? 0 : this.failed + 1;
    if (this.failed >= this.failures && this.deadAt === undefined) this.deadAt = at;
  }

  get failedInARow(): number {
    return this.failed;
  }
}

/**
 * Checks at a fixed pace until the host is declared dead, and returns when that was. A check that takes longer than its
 * timeout has failed; the next one starts a full interval after the last one started, never in a burst.
 */
export async function watch(
  plan: MonitorPlan,
  check: (timeoutMs: number) => Promise<boolean>,
  options: { signal: AbortSignal; onCheck?: (ok: boolean, failedInARow: number) => void },
): Promise<number> {
  const state = new MonitorState(plan.failures);
  for (;;) {
    options.signal.throwIfAborted();
    const began = Date.now();
    const ok = await check(plan.timeoutSeconds * 1000).catch(() => false);
    state.observe(ok, Date.now());
    options.onCheck?.(ok, state.failedInARow);
    if (state.deadAt !== undefined) return state.deadAt;
    await sleep(Math.max(0, began + plan.intervalSeconds * 1000 - Date.now()), undefined, { signal: options.signal });
  }
}
