/** A client that writes to the forge all the time, through its public name: what it is not served, and what it loses, is harm. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../scripts/lib/errors';
import type { Seeded } from '../../context';
import { adminOf, httpOf, withHttp } from '../../forge';
import { TRANSACTIONS_REPOSITORY } from '../../seed/account';
import { transaction } from '../../transaction';
import { until } from '../steps';

const PACE_MS = 500;
/** No client waits longer; a busy machine is given this much. */
const TIMEOUT_MS = 10_000;

export class Serving {
  private readonly acknowledged: Array<{ title: string; at: number }> = [];
  private readonly tries: Array<{ at: number; why?: string }> = [];
  private readonly wipes: Array<{ from: number; to: number }> = [];
  private readonly over = new AbortController();
  private readonly running: Promise<void>;

  constructor(private readonly drill: Seeded) {
    this.running = this.run();
  }

  /** Tries since a moment, and why some were not served. */
  since(moment: number): { tries: number; failed: string[] } {
    const tries = this.tries.filter(({ at }) => at >= moment);
    return { tries: tries.length, failed: tries.flatMap(({ why }) => why ?? []) };
  }

  /** Waits until a client is served that came after this call. */
  async again(): Promise<void> {
    const moment = Date.now();
    await until(
      this.drill,
      'the forge to serve a client',
      async () =>
        this.tries.some(({ at, why }) => at >= moment && why === undefined) ||
        (this.tries.at(-1)?.why ?? 'no answer yet'),
    );
  }

  /** The disk was lost since: what was written then, or in the objective's last seconds before, may be gone with it. */
  wipe(since: number): void {
    this.wipes.push({ from: since - this.drill.declaration.objectives.forge.rpoSeconds * 1000, to: Date.now() });
  }

  /** Ends the client. */
  async stop(): Promise<void> {
    this.over.abort();
    await this.running;
  }

  /** Ends, and says which acknowledged writes are not there. */
  async end(): Promise<{ acknowledged: number; lost: string[] }> {
    await this.stop();
    const { forge, account } = this.drill;
    const issues = await withHttp(forge, (http) =>
      adminOf(forge, http)
        .as({ token: account.adminToken })
        .list(`/repos/${account.plan.organization}/${TRANSACTIONS_REPOSITORY}/issues?state=all&type=issues`),
    );
    const there = new Set(issues.map(({ title }: { title: string }) => title));
    const mayBeLost = (moment: number) => this.wipes.some(({ from, to }) => moment >= from && moment <= to);
    return {
      acknowledged: this.acknowledged.length,
      lost: this.acknowledged.filter(({ title, at }) => !there.has(title) && !mayBeLost(at)).map(({ title }) => title),
    };
  }

  private async run(): Promise<void> {
    const forge = this.drill.forge;
    const { adminToken, plan } = this.drill.account;
    const http = httpOf(forge, { timeoutMs: TIMEOUT_MS, keepAlive: false });
    const either = AbortSignal.any([this.over.signal, this.drill.signal]);
    for (let n = 1; !either.aborted; n++) {
      const [at, title] = [Date.now(), `row ${n}`];
      const why = await transaction(http, forge.baseUrl, adminToken, plan.organization, title).then(
        () => undefined,
        messageOf,
      );
      if (why === undefined) this.acknowledged.push({ title, at: Date.now() });
      this.tries.push({ at, ...(why === undefined ? {} : { why }) });
      await sleep(PACE_MS, undefined, { signal: either }).catch(() => undefined);
    }
    await http.close();
  }
}
