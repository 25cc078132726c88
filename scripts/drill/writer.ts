/**
 * Writes that go on until the fault: they show what a client loses. Each is logged once it is acknowledged; what was in
 * flight when the host died may or may not come back, and counts as neither.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Http } from '../lib/http';
import { gitOf, httpOf, type Forge } from './forge';
import { WRITES_REPOSITORY, type Account } from './seed/account';
import { Facts } from './seed/facts';
import { git, remoteRefs } from './seed/git';
import { Gitea } from './seed/gitea';

/** Pause between two issues of one writer. */
const PAUSE_MS = 100;
/** A push to a host that died would otherwise hang for minutes. */
const PUSH_TIMEOUT_MS = 10_000;

export class Writer {
  readonly facts = new Facts();
  private readonly stopping = new AbortController();
  private running: Promise<unknown> | undefined;
  private http: Http | undefined;

  constructor(
    private readonly forge: Forge,
    private readonly account: Account,
  ) {}

  private get path(): string {
    return `${this.account.plan.organization}/${WRITES_REPOSITORY}`;
  }

  /** Begins; resolves once the first issue and the first push are acknowledged. */
  async start(): Promise<void> {
    const gitEnv = await gitOf(this.forge, this.forge.admin.name, this.account.adminToken);
    const dir = join(this.forge.workDir, 'writer');
    rmSync(dir, { recursive: true, force: true });
    await git(gitEnv, ['init', '--quiet', '--initial-branch=main', dir]);
    this.http = httpOf(this.forge, { timeoutMs: 10_000 });
    const gitea = new Gitea(this.http, this.forge.baseUrl, { token: this.account.adminToken });
    await this.issue(gitea, 0);
    await this.push(gitEnv, dir, 0);
    const loop = async (work: (n: number) => Promise<void>) => {
      for (let n = 1; !this.stopping.signal.aborted; n++) {
        // What fails was not acknowledged; after the fault everything fails.
        await work(n).catch(() => undefined);
        await sleep(PAUSE_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    };
    this.running = Promise.all([loop((n) => this.issue(gitea, n)), loop((n) => this.push(gitEnv, dir, n))]).finally(() => rmSync(dir, { recursive: true, force: true }));
  }

  /** Stops; what is in flight is given up. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.http?.close();
    await this.running;
  }

  private async issue(gitea: Gitea, n: number): Promise<void> {
    const title = `write ${n}`;
    await gitea.post(`/repos/${this.path}/issues`, { title });
    if (!this.stopping.signal.aborted) this.facts.add('issue', `${this.path} ${title}`, title);
  }

  /** Every push makes a tag of its own, so that each can be told from the others. */
  private async push(gitEnv: Record<string, string>, dir: string, n: number): Promise<void> {
    const tree = await git(gitEnv, ['mktree'], { cwd: dir, input: '' });
    const commit = await git(gitEnv, ['commit-tree', tree, '-m', `write ${n}`], { cwd: dir });
    await git(gitEnv, ['push', '--quiet', `${this.forge.baseUrl}/${this.path}.git`, `${commit}:refs/tags/write-${n}`], { cwd: dir, timeout: PUSH_TIMEOUT_MS });
    if (!this.stopping.signal.aborted) this.facts.add('ref', `${this.path} refs/tags/write-${n}`, commit);
  }

  /** The writes that are there now, acknowledged or not. */
  async collect(): Promise<Facts> {
    const found = new Facts();
    const http = httpOf(this.forge);
    try {
      const gitea = new Gitea(http, this.forge.baseUrl, { token: this.account.adminToken });
      for (const issue of await gitea.list(`/repos/${this.path}/issues?state=all&type=issues`)) found.add('issue', `${this.path} ${issue.title}`, issue.title);
      const env = await gitOf(this.forge, this.forge.admin.name, this.account.adminToken);
      for (const [ref, id] of await remoteRefs(env, `${this.forge.baseUrl}/${this.path}.git`)) found.add('ref', `${this.path} ${ref}`, id);
    } finally {
      await http.close();
    }
    return found;
  }
}
