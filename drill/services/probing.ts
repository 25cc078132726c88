/** Writes to each dataset of the hosts that die, every so often, until the fault. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inconclusive, messageOf, UserError } from '../../scripts/lib/errors';
import type { Drill, Stack } from '../context';
import { PROBES, WORK_MS } from '../load/work';
import { writeProbes } from './host';
import { required } from '../../stacks/model/required';

/** Each write makes a backup of its service follow, which the machine of a drill runs beside everything else. */
const EVERY_MS = 15_000;
const POLL_MS = 50;

export class Probing {
  /** Rounds that are under way now: of none of their writes anybody knows yet whether it is there. */
  inFlight = 0;
  private refused = '';
  private stopped = false;
  private readonly acknowledged: Map<Stack, Map<string, number[]>>;

  /** Writes to the hosts of these stacks. */
  constructor(private readonly lost: Stack[]) {
    this.acknowledged = new Map(lost.map((stack) => [stack, new Map()]));
  }

  /** Moments of the acknowledged writes to a host, by `service/part`. */
  acknowledgedBy(stack: Stack): Map<string, number[]> {
    return this.acknowledged.get(stack) ?? new Map();
  }

  /** Writes once to every dataset; resolves when each was answered, with what was refused. */
  async begin(): Promise<string> {
    const refused = await Promise.all(this.lost.map((stack) => this.round(stack)));
    return refused.filter(Boolean).join('; ');
  }

  /** Goes on until it is stopped. */
  async goOn(): Promise<void> {
    while (!this.stopped && !this.drill.signal.aborted) {
      await Promise.all(
        this.lost.map((stack) =>
          this.round(stack).catch((error) => stack.workspace.log(`probe of ${stack.hostName}: ${messageOf(error)}`)),
        ),
      );
      await sleep(EVERY_MS, undefined, { signal: this.drill.signal, ref: false });
    }
  }

  stop(): void {
    this.stopped = true;
  }

  private get drill(): Drill {
    return required(this.lost[0], 'a stack that loses its host');
  }

  /** Waits until every dataset has acknowledged its share of the work. */
  async untilWorked(): Promise<void> {
    const until = Date.now() + WORK_MS;
    for (let behind = this.behind(); behind.length; behind = this.behind()) {
      this.drill.progress.waiting(`${PROBES} acknowledged writes to each dataset; ${behind.length} have fewer`);
      if (Date.now() > until) throw this.tooFew(behind);
      await sleep(POLL_MS, undefined, { signal: this.drill.signal });
    }
  }

  /** Waits for the next round. */
  async untilInFlight(): Promise<void> {
    this.drill.progress.waiting('the next round of writes');
    for (
      const until = Date.now() + WORK_MS;
      this.inFlight === 0;
      await sleep(POLL_MS, undefined, { signal: this.drill.signal })
    ) {
      if (Date.now() > until)
        throw new Inconclusive(`No write to a service was begun within ${WORK_MS / 60_000} minutes.`);
    }
  }

  private tooFew(behind: string[]): UserError {
    const what = `${behind.join(', ')} did not acknowledge ${PROBES} writes within ${WORK_MS / 60_000} minutes`;
    return this.refused
      ? new UserError(`${what}: ${this.refused}`)
      : new Inconclusive(`${what}: this machine is too slow or too busy for a drill, which says nothing of the fleet.`);
  }

  private behind(): string[] {
    return [...this.acknowledged].flatMap(([{ hostName }, keys]) =>
      [...keys].filter(([, moments]) => moments.length < PROBES).map(([key]) => `${hostName} ${key}`),
    );
  }

  /** One write to each dataset of a host; returns what was refused. */
  private async round(stack: Stack): Promise<string> {
    const stamp = Date.now();
    const keys = this.acknowledgedBy(stack);
    this.inFlight++;
    try {
      const { acknowledged, refused } = await writeProbes(stack.sshTarget, stamp);
      for (const key of acknowledged) keys.set(key, [...(keys.get(key) ?? []), stamp]);
      this.refused ||= refused;
      return refused;
    } finally {
      this.inFlight--;
    }
  }
}
