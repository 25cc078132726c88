/**
 * host/restore against the plain tools on the same data and the same store, without a host around them: the store is the
 * one the embedded cloud runs, the data lie in a folder of this machine. Checking what came back is timed apart.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import execa from 'execa';
import { Host, SECRETS, Store, testKey } from '../../scripts/sandbox/sandbox';
import { UserError } from '../../scripts/lib/errors';
import type { Benchmark } from './benchmark';
import { litestreamConfig, restoreSettings, type RestoredData } from './plain-settings';
import { figure } from './result';
import { interleaved } from './statistics';

/** As much as a drill of size standard seeds. */
const REPOSITORIES = 52;
/** Bytes of random content: what a forge holds does not compress. */
const REPOSITORY_BYTES = 6 * 2 ** 20;
const FILES = 36;
const FILE_BYTES = 768 * 1024;
const ROWS = 10_000;

export const restore: Benchmark = {
  name: 'restore',
  what: `a dataset of ${REPOSITORIES} repositories, a database and ${FILES} files by host/restore, against litestream, restic and age with tar by a plain script; checking what came back is timed apart`,
  targets: { restore: 1.25 },
  needsCloud: false,
  run: async (context) => {
    const store = await Store.start();
    const source = new Host(store, 'source', '2026-01-01T00:00:00.000Z');
    const work = mkdtempSync(join(tmpdir(), 'fleet-bench-'));
    const programChecks: number[] = [];
    const plainChecks: number[] = [];
    const programSays: number[] = [];
    try {
      context.progress.say('  filling the store');
      await fill(source);
      let runs = 0;
      const program = async () => {
        emptyDisk(source);
        const host = new Host(store, `run-${runs++}`, new Date().toISOString());
        try {
          host.plan(dataset(source));
          const begun = performance.now();
          const summary = await host.mustRestore();
          const seconds = (performance.now() - begun) / 1000;
          programSays.push(summary.seconds);
          programChecks.push(await plain(source, work, 'verify'));
          return seconds;
        } finally {
          host.remove();
        }
      };
      const byHand = async () => {
        emptyDisk(source);
        const seconds = await plain(source, work, 'restore');
        plainChecks.push(await plain(source, work, 'verify'));
        return seconds;
      };
      const pairs = await interleaved(
        context.options.pairs,
        { measured: program, baseline: byHand },
        ({ measured, baseline }) =>
          context.progress.say(
            `  ${measured.toFixed(2)} s by the program, ${baseline.toFixed(2)} s by the plain tools`,
          ),
      );
      return [
        figure(restore, {
          name: 'restore',
          unit: 's',
          measured: 'host/restore',
          baseline: 'plain tools',
          pairs,
          details: {
            'program: checks': programChecks,
            'plain tools: checks': plainChecks,
            'program by its own account': programSays,
          },
        }),
      ];
    } finally {
      source.remove();
      store.stop();
      rmSync(work, { recursive: true, force: true });
    }
  },
};

const database = (host: Host) => join(host.data, 'forge.db');
const repositories = (host: Host) => join(host.data, 'repositories');
const dataset = (host: Host) => ({
  database: { path: database(host) },
  repositories: { root: repositories(host) },
  files: {
    paths: [host.data],
    exclude: ['forge.db', 'forge.db-wal', 'forge.db-shm', '.forge.db-litestream', 'repositories'].map((name) =>
      join(host.data, name),
    ),
    settleSeconds: 1,
    intervalSeconds: 60,
  },
});

/** Makes the data and brings all of it into the store, as a protected host does. */
async function fill(host: Host): Promise<void> {
  host.plan(dataset(host));
  const clone = join(host.folder, 'clone');
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=bench', '-c', 'user.email=bench@fleet.invalid', '-c', 'core.compression=0', ...args],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
  for (let n = 0; n < REPOSITORIES; n++) {
    rmSync(clone, { recursive: true, force: true });
    git('init', '-q', '--initial-branch=main', clone);
    for (const name of ['one', 'two']) {
      writeFileSync(join(clone, name), randomBytes(REPOSITORY_BYTES / 2));
      git('-C', clone, 'add', name);
      git('-C', clone, 'commit', '-q', '-m', name);
    }
    git('clone', '-q', '--bare', clone, join(repositories(host), `owner-${n % 4}/repository-${n}.git`));
  }
  mkdirSync(join(host.data, 'lfs'), { recursive: true });
  for (let n = 0; n < FILES; n++) writeFileSync(join(host.data, 'lfs', String(n)), randomBytes(FILE_BYTES));
  execFileSync('sqlite3', [database(host)], {
    input: `PRAGMA journal_mode=wal; CREATE TABLE issue (id INTEGER PRIMARY KEY, title TEXT); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) INSERT INTO issue (title) SELECT hex(randomblob(250)) FROM n;`,
  });
  await host.shipDatabase(database(host));
  host.protect(repositories(host));
  host.shell('load_store; create_restic_store forge');
  host.must('backup', ['forge', '--force']);
  host.complete();
}

function emptyDisk(host: Host): void {
  rmSync(host.data, { recursive: true, force: true });
  mkdirSync(repositories(host), { recursive: true });
}

/** Seconds of plain-restore.sh. */
async function plain(host: Host, work: string, verb: 'restore' | 'verify'): Promise<number> {
  const { store } = host;
  if (verb === 'restore') {
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work);
  }
  const { access: accessKey, secret: secretKey, restic: resticPassword } = SECRETS;
  const data: RestoredData = {
    access: { endpoint: store.endpoint, region: 'us-east-1', accessKey, secretKey },
    bucket: 'bucket',
    source: host.incarnation,
    service: 'forge',
    database: database(host),
    repositories: repositories(host),
    resticPassword,
  };
  writeFileSync(join(work, 'litestream.yml'), await litestreamConfig(data, testKey().identity));
  copyFileSync(join(host.etc, 'backup.identity'), join(work, 'identity'));
  const env = {
    PATH: `${store.tools.path}:${process.env.PATH}`,
    HOME: work,
    RESTIC_CACHE_DIR: join(work, 'cache'),
    ...restoreSettings(data),
  };
  const began = performance.now();
  const done = await execa('bash', [join(__dirname, 'plain-restore.sh'), verb], {
    cwd: work,
    env,
    extendEnv: false,
    reject: false,
  });
  if (done.exitCode !== 0)
    throw new UserError(`The plain tools could not ${verb} the data: ${done.stderr.trim().split('\n').at(-1)}`);
  return (performance.now() - began) / 1000;
}
