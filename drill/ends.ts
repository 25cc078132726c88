/** What a drill must end or take away again, whatever becomes of it: done in the reverse order. */
import { setTimeout as sleep } from 'node:timers/promises';

/** After Ctrl-C an engine finishes the steps it is at; it is not given longer than this. */
const UNDER_WAY_MS = 12_000;

export class Ends {
  private readonly steps: Array<() => unknown> = [];
  private readonly underWay = new Set<Promise<unknown>>();

  /** Does this at the end. */
  defer(step: () => unknown): void {
    this.steps.push(step);
  }

  /** Waits for this work before anything is ended: it must not be cut off in the middle. */
  hold<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    this.underWay.add(settled);
    void settled.then(() => this.underWay.delete(settled));
    return work;
  }

  /** Ends everything, also after a step that failed; throws the first error. */
  async run(): Promise<void> {
    await Promise.race([Promise.all(this.underWay), sleep(UNDER_WAY_MS, undefined, { ref: false })]);
    const errors: unknown[] = [];
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length) throw errors[0];
  }
}
