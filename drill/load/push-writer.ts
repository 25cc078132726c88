/** Pushes to one repository of the forge: each adds a commit to its branch, whose history then tells which of them are there. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gitOf, type Forge } from '../forge';
import { git } from '../seed/git';
import { CommitChain } from './chain';
import type { WriteLog } from './log';
import { BRANCH, commitRow } from './rows';

/** A push to a forge whose store is away is answered after some ten seconds; one to a dead host would hang for minutes. */
const PUSH_TIMEOUT_MS = 30_000;

export class PushWriter {
  private constructor(
    private readonly forge: Forge,
    private readonly token: string,
    private readonly path: string,
    private readonly chain: CommitChain,
    private readonly log: WriteLog,
    private readonly signal: AbortSignal,
  ) {}

  /** `dir` is the writer's own folder. When `signal` aborts, a push under way is given up. */
  static async open(
    forge: Forge,
    token: string,
    path: string,
    options: { dir: string; seed: number; log: WriteLog; signal: AbortSignal },
  ): Promise<PushWriter> {
    mkdirSync(options.dir, { recursive: true });
    const own = { ...forge, workDir: options.dir };
    const chain = new CommitChain(
      await gitOf(own, forge.admin.name, token),
      join(options.dir, 'commits.git'),
      path,
      options.seed,
    );
    await chain.prepare();
    return new PushWriter(own, token, path, chain, options.log, options.signal);
  }

  /**
   * One push. Throws when it was not acknowledged; its commit is then pushed together with the next one.
   */
  async write(): Promise<void> {
    const { id, parent } = await this.chain.next();
    // Anew each time, because the forge's name is resolved here.
    const env = await gitOf(this.forge, this.forge.admin.name, this.token);
    await this.log.send('push', [commitRow(this.path, id, parent ? [parent] : [])], () =>
      git(env, ['push', '--quiet', `${this.forge.baseUrl}/${this.path}.git`, `${id}:${BRANCH}`], {
        cwd: this.chain.dir,
        timeout: PUSH_TIMEOUT_MS,
        signal: this.signal,
      }),
    );
  }
}
