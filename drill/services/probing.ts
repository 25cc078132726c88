/** Writes to each dataset of the hosts that die, every so often, until the fault. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Inconclusive, messageOf, UserError } from '../../scripts/lib/errors';
import { lostOf, need, type Drill } from '../context';
import { PROBES, WORK_MS } from '../load/work';
import { writeProbes } from './host';

/** Each write makes a backup of its service follow, which the machine of a drill runs beside everything else. */
const EVERY_MS = 15_000;
const POLL_MS = 50;

export class Probing {
  /** Rounds that are under way now: of none of their writes anybody knows yet whether it is there. */
  inFlight = 0;
  private refused = '';

  private constructor(private readonly drill: Drill) {}

  /** Writes once to every dataset; resolves when each was answered, with what was refused. */
  static async begin(drill: Drill): Promise<{ probing: Probing; refused: string }> {
    const probing = new Probing(drill);
    const refused = await Promise.all(lostOf(drill).map((member) => probing.round(member)));
    return { probing, refused: refused.filter(Boolean).join('; ') };
  }

  /** Goes on until the fault. */
  async goOn(): Promise<void> {
    const { drill } = this;
    while (!drill.record.fault && !drill.signal.aborted) {
      await Promise.all(
        lostOf(drill).map((member) =>
          this.round(member).catch((error) => drill.workspace.log(`probe of ${member.hostName}: ${messageOf(error)}`)),
        ),
      );
      await sleep(EVERY_MS, undefined, { signal: drill.signal, ref: false });
    }
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
    return lostOf(this.drill).flatMap((member) =>
      [...member.probes].filter(([, moments]) => moments.length < PROBES).map(([key]) => `${member.hostName} ${key}`),
    );
  }

  /** One write to each dataset of a host; returns what was refused. */
  private async round(member: Drill): Promise<string> {
    const stamp = Date.now();
    this.inFlight++;
    try {
      const { acknowledged, refused } = await writeProbes(need(member.sshTarget, 'the address'), stamp);
      for (const key of acknowledged) member.probes.set(key, [...(member.probes.get(key) ?? []), stamp]);
      this.refused ||= refused;
      return refused;
    } finally {
      this.inFlight--;
    }
  }
}
