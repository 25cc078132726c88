/**
 * The load of a drill: clients that write to the forge over its public name, through its API and by git, at a steady rate
 * until they are stopped. Faults do not stop them: while the forge is away their writes fail, and when it is back, also at
 * another address, they are acknowledged again.
 *
 * Which writes count: those that were acknowledged, each of which must come back or be named as lost. One that was sent
 * before the fault and never acknowledged was in flight, any other one that was not acknowledged has failed; both may or
 * may not be there, and are neither lost nor invented.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Http } from '../../scripts/lib/http';
import { httpOf, type Forge } from '../forge';
import { WRITES_REPOSITORIES, type Account } from '../seed/account';
import { Gitea } from '../seed/gitea';
import { Random } from '../seed/random';
import { DatabaseWriter, makeLabels } from './database-writer';
import { WriteLog, type Write } from './log';
import { Pace, keepWriting } from './pace';
import { PushWriter } from './push-writer';
import { readBack } from './read-back';
import type { Row } from './rows';
import { PACE, WORK_MS, type Work } from './work';
import { required } from '../../stacks/model/required';

const DATABASE_WRITERS = 6;
/** One request; a dead host answers none. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How often it is looked; the moment at which both kinds are in flight is short. */
const POLL_MS = { inFlight: 2, acknowledged: 50 };

export class Load {
  readonly log = new WriteLog();
  /** When the steady load began: the first writes were acknowledged. */
  startedAt: number | undefined;
  private readonly stopping = new AbortController();
  private readonly http: Http;
  private readonly dir: string;
  private readonly paths: string[];
  private running: Promise<unknown> = Promise.resolve();

  /** One load a drill: its repositories must be empty. */
  constructor(
    private readonly forge: Forge,
    private readonly account: Account,
    private readonly seed: number,
  ) {
    this.http = httpOf(forge, { timeoutMs: REQUEST_TIMEOUT_MS });
    this.dir = join(forge.workDir, 'load');
    this.paths = WRITES_REPOSITORIES.map((name) => `${account.plan.organization}/${name}`);
  }

  /** Every write so far, in the order of sending. */
  get writes(): readonly Write[] {
    return this.log.writes;
  }

  /** Begins; resolves once a write to the database and a push are acknowledged, false when none were within the bound. */
  async start(signal?: AbortSignal): Promise<boolean> {
    const { forge, account, seed, log } = this;
    const began = Date.now();
    const gitea = new Gitea(this.http, forge.baseUrl, { token: account.adminToken });
    const repositories = await Promise.all(
      this.paths.map(async (path) => ({ path, labels: await makeLabels(gitea, path) })),
    );
    const pushers = await Promise.all(
      this.paths.map((path, index) =>
        PushWriter.open(forge, account.adminToken, path, {
          dir: join(this.dir, String(index)),
          seed: seed + index,
          log,
          signal: this.stopping.signal,
        }),
      ),
    );
    const writers = Array.from({ length: DATABASE_WRITERS }, (_, index) => {
      const { path, labels } = required(repositories[index % repositories.length], 'a repository to write to');
      return new DatabaseWriter(gitea, path, labels, new Random(seed + index), log);
    });
    const run = (one: { write(): Promise<void> }, pace: Pace) =>
      keepWriting(() => one.write(), pace, this.stopping.signal);
    const database = new Pace(PACE.database);
    const pushes = new Pace(PACE.pushes);
    this.running = Promise.all([
      ...writers.map((one) => run(one, database)),
      ...pushers.map((one) => run(one, pushes)),
    ]);
    if (!(await this.resumed(began, WORK_MS, signal))) return false;
    this.startedAt = Date.now();
    return true;
  }

  /** Writes that wait for their answer now. */
  inFlight(): Work {
    return this.log.inFlight();
  }

  /** Waits until so many writes are acknowledged, however long each takes; false when they were not within the bound. */
  untilAcknowledged(wanted: Work, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    return until(
      () => this.log.acknowledged.database >= wanted.database && this.log.acknowledged.pushes >= wanted.pushes,
      timeoutMs,
      POLL_MS.acknowledged,
      signal,
    );
  }

  /** Waits for the first moment at which a write to the database and a push are both in flight, and `also` holds; false when none came. */
  untilInFlight(timeoutMs: number, signal?: AbortSignal, also: () => boolean = () => true): Promise<boolean> {
    return until(
      () => this.inFlight().database > 0 && this.inFlight().pushes > 0 && also(),
      timeoutMs,
      POLL_MS.inFlight,
      signal,
    );
  }

  /** Waits until a write to the database and a push that were sent at or after a moment are acknowledged; false when none were. */
  resumed(since: number, timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
    return until(() => this.log.acknowledgedSince(since), timeoutMs, POLL_MS.acknowledged, signal);
  }

  /** Stops; what is in flight is given up. May be called more than once. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.http.close();
    await this.running;
  }

  /** What the load's repositories hold now, whoever wrote it. Stop first. */
  collect(): Promise<Row[]> {
    return readBack(this.forge, this.account, this.paths);
  }
}

async function until(holds: () => boolean, timeoutMs: number, pollMs: number, signal?: AbortSignal): Promise<boolean> {
  const end = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > end) return false;
    await sleep(pollMs, undefined, { signal });
  }
  return true;
}
