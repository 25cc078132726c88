/** What somebody with the key of a host can do to its backups: no earlier moment is lost, and nothing leads a restore astray. */
import { execFileSync } from 'child_process';
import { createHash, randomBytes } from 'crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { checkRestorePoints, fits } from '../../components/preflight/restore-point';
import { bytes, keysBelow } from '../../components/store/objects';
import { pinned } from '../../components/store/pinned';
import { incarnationsOf } from '../../components/store/restore-points';
import { git, Host, SECRETS, Store, testKey, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';
import type { ServicePlan } from '../../services';
import { declarations } from '../../stacks';

jest.setTimeout(120_000);

let store: Store;
let alpha: Host;
let before: string;
const spare: Host[] = [];

const sql = (text: string) =>
  execFileSync('sqlite3', [join(alpha.data, 'forge.db'), text], { encoding: 'utf8' }).trim();
const state = () => ({
  rows: sql('SELECT group_concat(title) FROM issue'),
  page: readFileSync(join(alpha.data, 'page'), 'utf8'),
  refs: git(join(alpha.data, 'repositories/timmy/one.git'), 'for-each-ref', '--format=%(objectname) %(refname)'),
});
let whole: ReturnType<typeof state>;

const put = (Key: string, Body: string | Buffer) =>
  store.as((client) => client.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body })));
const sealed = (text: string) => execFileSync('age', ['-r', testKey().recipient], { input: text });
const MD5 = 'd41d8cd98f00b204e9800998ecf8427e';
const named = (content: Buffer) => createHash('sha256').update(content).digest('hex');

function newHost(): Host {
  const host = new Host(store, `host-${spare.length}`, new Date().toISOString());
  spare.push(host);
  const { data } = alpha ?? host;
  const exclude = ['forge.db', 'forge.db-wal', 'forge.db-shm', '.forge.db-litestream', 'repositories'];
  host.plan({
    database: { path: join(data, 'forge.db') },
    repositories: { root: join(data, 'repositories') },
    files: { paths: [data], exclude: exclude.map((name) => join(data, name)), settleSeconds: 1, intervalSeconds: 60 },
  });
  return host;
}

/** What the preflight says of the store. */
async function preflight(): Promise<string[]> {
  const [host] = declarations.alpha.hosts;
  if (!host) throw new Error('alpha has no host');
  const dataset = JSON.parse(readFileSync(join(alpha.etc, 'services/forge.json'), 'utf8')).dataset;
  const plan = { name: 'forge', critical: true, dataset } as ServicePlan;
  for (const how of ['log', 'warn'] as const) jest.spyOn(console, how).mockImplementation(() => undefined);
  const { identity, recipient } = testKey();
  const bucket = 'bucket';
  return store.as(async (client) => {
    const { keep } = declarations.alpha.backup;
    const args = { client, bucket, identity, recipient, resticPassword: SECRETS.restic, host, keep, plans: [plan] };
    return checkRestorePoints({ ...args, bootstrap: false }, await incarnationsOf(client, bucket));
  });
}

/** What a new host gets. */
async function restored(at?: string): Promise<ReturnType<typeof state>> {
  rmSync(alpha.data, { recursive: true, force: true });
  mkdirSync(alpha.data);
  await newHost().mustRestore([], { at });
  return state();
}

beforeAll(async () => {
  store = await Store.start();
  alpha = newHost();
  const root = join(alpha.data, 'repositories');
  const clone = join(alpha.folder, 'clone');
  mkdirSync(join(root, 'timmy'), { recursive: true });
  git(alpha.data, 'init', '-q', '--bare', join(root, 'timmy/one.git'));
  git(alpha.data, 'clone', '-q', join(root, 'timmy/one.git'), clone);
  git(clone, 'commit', '-q', '--allow-empty', '-m', 'one');
  git(clone, 'push', '-q', 'origin', 'HEAD:main');
  sql("PRAGMA journal_mode=wal; CREATE TABLE issue (title TEXT); INSERT INTO issue VALUES ('one');");
  writeFileSync(join(alpha.data, 'page'), 'one');
  alpha.protect(root);
  alpha.shell('load_store; create_restic_store forge');
  await alpha.shipDatabase(join(alpha.data, 'forge.db'));
  alpha.must('git-ship', ['--all', 'forge']);
  alpha.must('backup', ['forge', '--force']);
  alpha.must('heartbeat');
  await put('host-0/forge/complete.json', '{}');
  whole = state();
  await new Promise((next) => setTimeout(next, 5));
  before = new Date().toISOString();
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  for (const host of spare) host.remove();
  store.stop();
});

test('36 files among the keys of restic, and one among its indexes, do not keep it from opening', async () => {
  for (let n = 0; n < 36; n++) {
    const junk = randomBytes(100);
    await put(`host-0/forge/files/keys/${named(junk)}`, junk);
  }
  const junk = randomBytes(100);
  await put(`host-0/forge/files/index/${named(junk)}`, junk);
  await put('host-0/forge/files/index/junk', 'junk');
  // Written again, the snapshot is newer than the junk, so that nothing tells that from what belongs to it.
  const [snapshot = ''] = store.keys('host-0/forge/files/snapshots');
  const key = `host-0/forge/files/snapshots/${snapshot}`;
  await put(key, readFileSync(store.path(key)));
  expect(await restored()).toEqual(whole);
  expect(await restored(before)).toEqual(whole);
});

test('a repository’s name that leads out of the staging is nobody’s', async () => {
  await put(`host-0/forge/repositories/..__gitea.db.fleet-restore/${Date.now()}-base-${MD5}.age`, sealed('junk'));
  await put(`host-0/forge/repositories/..__gitea.git/${Date.now()}-base-${MD5}.age`, sealed('junk'));
  expect((await restored()).refs).toBe(whole.refs);
  for (const host of spare) expect(existsSync(join(host.state, 'restore/forge'))).toBe(false);
});

test('a plan that leads out of it is refused on the host too', async () => {
  const host = newHost();
  const plan = await host.planned();
  const [object] = plan.parts.repositories?.objects ?? [];
  const forged = (key: string) =>
    JSON.stringify({ ...plan, parts: { repositories: { at: before, objects: [{ ...object, key }] } } });
  for (const key of ['host-0/forge/repositories/../../x', 'host-0/other/repositories/a/b', 'host-0/forge/files/a/b'])
    expect(host.run('restore', ['forge'], { input: forged(key) })).toMatchObject({
      code: 2,
      err: expect.stringContaining('is no plan of forge'),
    });
});

test('what a plan chose is what comes back, written over or hidden since', async () => {
  const host = newHost();
  const plan = await host.planned();
  const [{ key, versionId } = { key: '', versionId: '' }] = plan.parts.repositories?.objects ?? [];
  // A listing of what is visible tells none: the host goes by the name.
  expect(versionId).toBe('');
  const genuine = readFileSync(store.path(key));
  const junk = Buffer.alloc(genuine.length, 'j');
  await put(key, junk);
  for (const change of ['written over', 'hidden']) {
    if (change === 'hidden')
      await store.as((client) => client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: key })));
    rmSync(alpha.data, { recursive: true, force: true });
    mkdirSync(alpha.data);
    newHost().must('restore', ['forge'], { input: JSON.stringify(plan) });
    expect(state()).toEqual(whole);
    const { parts } = await store.as((client) => pinned(client, 'bucket', plan));
    const [entry = { versionId: '' }] = parts.repositories?.objects ?? [];
    expect(await store.as((client) => bytes(client, 'bucket', key, entry.versionId))).toEqual(new Uint8Array(genuine));
  }
  await put(key, genuine);
});

test('with every object overwritten, each moment before still comes back, and the newest is told from the noise', async () => {
  const keys = await store.as((client) => keysBelow(client, 'bucket', 'host-0/'));
  expect(keys.length).toBeGreaterThan(20);
  for (const key of keys.filter((one) => !one.includes('/locks/'))) await put(key, randomBytes(64));
  expect(await restored(before)).toEqual(whole);
  expect(await restored()).toEqual(whole);
});

test('an entry with an earlier stamp in its name changes no earlier moment, and is the newest now', async () => {
  const forged = sealed('forged');
  const sum = createHash('md5').update(forged).digest('hex');
  const key = `host-0/forge/repositories/timmy__one.git/0000000000001-base-${sum}.age`;
  await put(key, forged);
  // Its name says that it is something else, so no host wrote it.
  await put(key.replace(sum, MD5), forged);
  expect(await restored(before)).toEqual(whole);
  const plan = await alpha.planned();
  expect(plan.parts.repositories?.objects.at(-1)?.key).toBe(key);
});

test('a heartbeat that lies refuses no restore', async () => {
  await put(
    'host-0/host/heartbeat.json',
    JSON.stringify({
      at: new Date().toISOString(),
      host: 'alpha',
      incarnation: 'host-0',
      keyFingerprint: 'ffffffffffffffff',
      datasets: { forge: { bytes: 1e13, database: { newest: null } } },
    }),
  );
  expect(await preflight()).toEqual([]);
});

const forged = (folder: string, path: string) => `host-0/forge/database/${folder}/generations/ffffffffffffffff/${path}`;

test('folders that sort last do not take the place of a database’s own', async () => {
  for (const folder of ['00000001', '99999998', '99999999'])
    await put(forged(folder, 'wal/00000000_00000000.wal.lz4'), sealed('forged'));
  expect(await restored()).toEqual(whole);
});

test('a forged snapshot in one of them is refused, and the moment just before it restores', async () => {
  await put(forged('99999999', 'snapshots/00000000.snapshot.lz4'), randomBytes(64));
  const problem = await alpha.planned().then(
    () => '',
    (error: Error) => error.message,
  );
  const [, at] = /99999999.* is not what was written; the newest intact one is of (\S+) and would/.exec(problem) ?? [];
  expect(Date.parse(at ?? '')).toBeGreaterThan(Date.parse(before));
  expect(await restored(at)).toEqual(whole);
});

test('what the store holds must fit the machine twice', async () => {
  const [host] = declarations.alpha.hosts;
  if (!host) throw new Error('alpha has no host');
  const plan = await alpha.planned(before);
  expect(fits([plan], host)).toEqual([]);
  const [object] = plan.parts.database?.objects ?? [];
  if (!object) throw new Error('the plan has no database');
  const large = { ...plan, parts: { database: { at: before, objects: [{ ...object, size: 200 * 2 ** 30 }] } } };
  expect(fits([large], host)).toEqual([
    expect.stringMatching(/the data \(200\.0 GiB, twice during a restore\) does not fit/),
  ]);
  // Years of snapshots are no reason to refuse: a restore reads one of them. A host that says too much is not believed.
  const beat = (bytes: number) => ({ datasets: { [plan.service]: { bytes } } });
  expect(fits([large], host, beat(2 ** 30))).toEqual([]);
  expect(fits([plan], host, beat(2 ** 50))).toEqual([]);
  expect(fits([large], host, beat(2 ** 50))).toHaveLength(1);
});

test('with everything hidden, no moment before is lost, and neither an older host’s data nor an empty start is the answer', async () => {
  const keys = await store.as((client) => keysBelow(client, 'bucket', 'host-0/'));
  const older = new Host(store, 'older', '2026-01-01T00:00:00Z');
  spare.push(older);
  older.complete('2026-01-01T00:00:00Z');
  for (const key of keys.filter((one) => one.startsWith('host-0/forge/') && !one.endsWith('complete.json')))
    await put(key.replace('host-0', 'older'), readFileSync(store.path(key)));
  for (const Key of keys) await store.as((client) => client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key })));
  expect(await store.as((client) => keysBelow(client, 'bucket', 'host-0/'))).toEqual([]);
  const [problem, ...others] = await preflight();
  expect(others).toEqual([]);
  const [, moment] =
    /but held one at (\S+), which was hidden since; .* set fleet:restoreAt to/.exec(problem ?? '') ?? [];
  expect(Date.parse(moment ?? '')).toBeGreaterThan(Date.parse(before));
  expect(await restored(before)).toEqual(whole);
  await expect(alpha.planned()).rejects.toThrow(`held one at ${moment}`);
});
