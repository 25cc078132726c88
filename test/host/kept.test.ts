/** A kept point restores with the real tools, after everything was hidden and the store was pruned. */
import { execFileSync } from 'child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { keysBelow, versionsOf } from '../../components/store/objects';
import { planOf } from '../../components/store/choice';
import { keepPoint, readPoint } from '../../components/store/points';
import { removals, remove } from '../../components/store/pruner';
import { git, Host, Store, testKey, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

jest.setTimeout(120_000);

const DAY_MS = 86_400_000;
const WINDOWS = { repositories: 7 * DAY_MS, others: 2 * DAY_MS, replaced: 30 * DAY_MS };
let store: Store;
const hosts: Host[] = [];

beforeAll(async () => {
  store = await Store.start();
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  for (const host of hosts) host.remove();
  store?.stop();
});

const database = (host: Host) => join(host.data, 'forge.db');
const repository = (host: Host) => join(host.data, 'repositories/timmy/one.git');
const sql = (host: Host, text: string) => execFileSync('sqlite3', [database(host), text], { encoding: 'utf8' }).trim();

function newHost(data?: string): Host {
  const host = new Host(store, `host-${hosts.length}`, new Date().toISOString());
  hosts.push(host);
  const root = data ?? host.data;
  const exclude = ['forge.db', 'forge.db-wal', 'forge.db-shm', '.forge.db-litestream', 'repositories'];
  host.plan({
    database: { path: join(root, 'forge.db') },
    repositories: { root: join(root, 'repositories') },
    files: { paths: [root], exclude: exclude.map((name) => join(root, name)), settleSeconds: 1, intervalSeconds: 60 },
  });
  return host;
}

/** Writes a line to each part, and backs it up. */
async function works(host: Host, line: string): Promise<void> {
  const clone = join(host.folder, 'clone');
  sql(host, `INSERT INTO issue VALUES ('${line}')`);
  git(clone, 'commit', '-q', '--allow-empty', '-m', line);
  git(clone, 'push', '-q', 'origin', 'HEAD:main');
  writeFileSync(join(host.data, 'page'), line);
  await host.shipDatabase(database(host));
  host.must('git-ship', ['--all', 'forge']);
  host.must('backup', ['forge', '--force']);
}

test('what a proof kept comes back whole, and what nobody kept is gone', async () => {
  const alpha = newHost();
  const clone = join(alpha.folder, 'clone');
  mkdirSync(join(alpha.data, 'repositories/timmy'), { recursive: true });
  git(alpha.data, 'init', '-q', '--bare', repository(alpha));
  git(alpha.data, 'clone', '-q', repository(alpha), clone);
  sql(alpha, 'PRAGMA journal_mode=wal; CREATE TABLE issue (title TEXT);');
  alpha.protect(join(alpha.data, 'repositories'));
  alpha.shell('load_store; create_restic_store forge');
  await works(alpha, 'one');
  alpha.complete();
  const state = () => ({
    rows: sql(alpha, 'SELECT group_concat(title) FROM issue'),
    page: readFileSync(join(alpha.data, 'page'), 'utf8'),
    refs: git(repository(alpha), 'for-each-ref', '--format=%(objectname) %(refname)'),
  });
  const whole = state();
  const plan = await alpha.planned();
  const moment = new Date().toISOString();
  const { plans } = await store.as((client) =>
    keepPoint(client, 'bucket', { moment, host: 'alpha', plans: [plan] }, { dailyDays: 30 }),
  );
  await works(alpha, 'two');
  expect(state()).not.toEqual(whole);

  const point = await store.as(async (client) => {
    const keys = await keysBelow(client, 'bucket', 'host-0/');
    for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key }));
    const freed = { versions: 0, bytes: 0, locked: 0 };
    for await (const removal of removals(client, 'bucket', WINDOWS, Date.now() + 8 * DAY_MS))
      await remove(client, 'bucket', removal, freed);
    expect(freed.versions).toBeGreaterThan(5);
    expect(freed.locked).toBe(0);
    const left = (await versionsOf(client, 'bucket', 'host-0/forge/')).filter(({ hidden }) => !hidden);
    const kept = Object.values(plans[0]!.parts).flatMap(({ objects }) => objects.map(({ versionId }) => versionId));
    expect(left.map(({ id }) => id).sort()).toEqual(kept.sort());
    return readPoint(client, 'bucket');
  });
  rmSync(alpha.data, { recursive: true, force: true });
  mkdirSync(alpha.data);
  newHost(alpha.data).must('restore', ['forge'], { input: JSON.stringify(point?.plans[0]) });
  expect(state()).toEqual(whole);

  // Once the moment is too old for the finer tiers, the copy in the snapshot serves: no piece of the database is asked for.
  const { dataset } = JSON.parse(readFileSync(join(alpha.etc, 'services/forge.json'), 'utf8'));
  const keep = { everySecondHours: 0, hourlyDays: 0, dailyDays: 30 };
  const { plan: late } = await store.as((client) => {
    const source = { client, bucket: 'bucket', host: 'alpha', before: Date.parse(moment) + 1, keep };
    return planOf(source, testKey().identity, { name: 'forge', dataset });
  });
  expect(late.parts.database?.objects.every(({ key }) => key.startsWith('host-0/forge/files/'))).toBe(true);
  rmSync(alpha.data, { recursive: true, force: true });
  mkdirSync(alpha.data);
  newHost(alpha.data).must('restore', ['forge'], { input: JSON.stringify(late) });
  expect(state()).toEqual(whole);
});
