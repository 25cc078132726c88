/** What the store shows of the past: a copy of the database in each snapshot, snapshots in declared tiers, and a restore of such a moment. */
import { execFileSync, spawn } from 'child_process';
import { randomBytes } from 'crypto';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'fs';
import { join } from 'path';
import { keysBelow, versionsOf } from '../../components/store/objects';
import { coarsePlanAt, type Part, type Plan } from '../../components/store/plan';
import { until } from '../../scripts/sandbox/gateway';
import { git, Host, SCRIPTS, Store, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

jest.setTimeout(600_000);

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let store: Store;
let alpha: Host;
const hosts: Host[] = [];

const database = () => join(alpha.data, 'forge.db');
const sql = (text: string, file = database()) =>
  execFileSync('sqlite3', ['-cmd', '.timeout 9000', file, text], { encoding: 'utf8' }).trim();
const rows = () => sql('SELECT group_concat(title) FROM issue');
const write = (title: string) => sql(`INSERT INTO issue VALUES ('${title}')`);
const page = (text: string) => writeFileSync(join(alpha.data, 'page'), text);
const refs = () => git(join(alpha.data, 'repositories/timmy/one.git'), 'for-each-ref', '--format=%(refname)');
const state = () => ({ rows: rows(), page: readFileSync(join(alpha.data, 'page'), 'utf8'), refs: refs() });
const snapshot = () => JSON.parse(readFileSync(join(alpha.state, 'state/first/forge.files.json'), 'utf8')).snapshot;
const restic = (args: string) => alpha.shell(`load_store; restic_store first forge ${args}`);

/** As if the copy of the database had been made so long ago. */
function ageCopy(minutes: number): void {
  const path = join(alpha.state, 'state/first/forge.copy');
  const at = new Date(statSync(path).mtimeMs - minutes * MINUTE_MS);
  utimesSync(path, at, at);
}

/** What the copy in the newest snapshot holds. */
function copied(text = 'SELECT group_concat(title) FROM issue'): string {
  const path = join(alpha.folder, 'copied');
  alpha.shell(`load_store; restic_store first forge dump ${snapshot()} /fleet-database >'${path}'`);
  return sql(text, path);
}

function newHost(incarnation: string): Host {
  const host = new Host(store, incarnation, new Date().toISOString());
  hosts.push(host);
  const { data } = alpha ?? host;
  const exclude = ['forge.db', 'forge.db-wal', 'forge.db-shm', '.forge.db-litestream', 'repositories'];
  host.plan({
    database: { path: join(data, 'forge.db') },
    repositories: { root: join(data, 'repositories') },
    files: { paths: [data], exclude: exclude.map((name) => join(data, name)), settleSeconds: 1, intervalSeconds: 60 },
  });
  return host;
}

async function coarse(at?: number, parts: Part[] = ['database', 'repositories', 'files']): Promise<Plan> {
  const versions = await store.as((client) => versionsOf(client, 'bucket', 'first/forge/'));
  const plan = coarsePlanAt(
    { host: 'alpha', service: 'forge', incarnation: 'first', complete: true, parts },
    versions,
    at,
  );
  if (!plan) throw new Error('there is no such moment');
  return plan;
}

/** What a host gets by a plan whose disk is empty. */
function restored(plan: Plan, args: string[] = []): ReturnType<typeof state> {
  rmSync(alpha.data, { recursive: true, force: true });
  mkdirSync(alpha.data);
  newHost(`host-${hosts.length}`).must('restore', ['forge', ...args], { input: JSON.stringify(plan) });
  return state();
}

/** A branch of the one repository, shipped. */
function push(branch: string): void {
  git(join(alpha.folder, 'clone'), 'push', '-q', join(alpha.data, 'repositories/timmy/one.git'), `HEAD:${branch}`);
  alpha.must('git-ship', ['--all', 'forge']);
}

beforeAll(async () => {
  store = await Store.start();
  alpha = newHost('first');
  const bare = join(alpha.data, 'repositories/timmy/one.git');
  mkdirSync(join(alpha.data, 'repositories/timmy'), { recursive: true });
  git(alpha.data, 'init', '-q', '--bare', bare);
  git(alpha.data, 'clone', '-q', bare, join(alpha.folder, 'clone'));
  git(join(alpha.folder, 'clone'), 'commit', '-q', '--allow-empty', '-m', 'one');
  sql("PRAGMA journal_mode=wal; CREATE TABLE issue (title TEXT); INSERT INTO issue VALUES ('zero');");
  page('zero');
  alpha.protect(join(alpha.data, 'repositories'));
  alpha.shell('load_store; create_restic_store forge');
  push('main');
  await alpha.shipDatabase(database());
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  for (const host of hosts) host.remove();
  store.stop();
});

test('each hour of the past comes back as it was then: rows, files and repositories of one snapshot', async () => {
  const hours: Array<{ at: number; was: ReturnType<typeof state> }> = [];
  for (const hour of ['one', 'two', 'three']) {
    write(hour);
    page(hour);
    push(hour);
    alpha.must('backup', ['forge', '--force']);
    hours.push({ at: Date.now(), was: state() });
    await new Promise((next) => setTimeout(next, 5));
    write(`after ${hour}`);
  }
  await alpha.shipDatabase(database());
  for (const { at, was } of [...hours].reverse()) {
    const plan = await coarse(at);
    expect(plan.parts.database?.objects).toEqual(plan.parts.files?.objects);
    expect(restored(plan, ['--prove'])).toEqual(was);
  }
  await expect(coarse(hours[0]!.at - DAY_MS)).rejects.toThrow('there is no such moment');
  // Of another snapshot than its files a database is nobody's plan.
  const [older, newer] = [await coarse(hours[0]!.at), await coarse()];
  const mixed = JSON.stringify({ ...newer, parts: { ...newer.parts, database: older.parts.database } });
  expect(hosts.at(-1)!.run('restore', ['forge'], { input: mixed })).toMatchObject({ code: 2 });
});

test('a copy is of one moment while others write, and is made anew after ten minutes, or an hour where nothing else changed', async () => {
  sql('CREATE TABLE a (n); CREATE TABLE b (n);');
  const writer = spawn('bash', [
    '-c',
    `for ((n = 0; ; n++)); do sqlite3 -cmd '.timeout 9000' '${database()}' "BEGIN; INSERT INTO a VALUES (zeroblob(9999)); INSERT INTO b VALUES ($n); COMMIT"; done`,
  ]);
  try {
    await until('somebody writes', 60, () => sql('SELECT count(*) > 3 FROM a') === '1');
    alpha.must('backup', ['forge', '--force']);
  } finally {
    writer.kill('SIGKILL');
  }
  const [a, b, whole] = copied(
    'SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b), integrity_check FROM pragma_integrity_check',
  ).split('|');
  expect([a, whole]).toEqual([b, 'ok']);

  const before = { snapshot: snapshot(), rows: copied() };
  write('new');
  page('new');
  alpha.must('backup', ['forge']);
  expect(snapshot()).not.toBe(before.snapshot);
  expect(copied()).toBe(before.rows);
  ageCopy(11);
  const last = snapshot();
  alpha.must('backup', ['forge']);
  expect(snapshot()).toBe(last);
  page('newer');
  alpha.must('backup', ['forge']);
  expect(copied()).toBe(rows());
  write('alone');
  ageCopy(50);
  alpha.must('backup', ['forge']);
  expect(copied()).toBe(rows());
});

test('a copy that cannot be made keeps no files from their backup, and one that does not open fails the proof', async () => {
  page('disk is full');
  alpha.standIn('sqlite3', '#!/bin/sh\nexit 1\n');
  const result = alpha.must('backup', ['forge', '--force']);
  alpha.removeStandIn('sqlite3');
  expect(result.err).toContain('the database of forge could not be copied');
  expect(copied()).toBe(rows());
  const copy = execFileSync('find', [join(alpha.state, 'tmp'), '-name', 'fleet-database'], { encoding: 'utf8' }).trim();
  writeFileSync(copy, randomBytes(8192));
  page('rot');
  alpha.must('backup', ['forge']);
  const read = 'load_store; WORK="$(mktemp -d)"; read_plan forge; opens_like "$(plan .dataset.database.path)" forge';
  const back = `load_store; restic_store first forge dump ${snapshot()} /fleet-database | (${read})`;
  expect(() => alpha.shell(back)).toThrow('fails its integrity check');
  const plan = JSON.stringify(await alpha.planned());
  rmSync(alpha.data, { recursive: true });
  mkdirSync(alpha.data);
  const proof = newHost('proof');
  expect(proof.run('restore', ['forge', '--prove'], { input: plan })).toMatchObject({
    code: 1,
    err: expect.stringMatching(/the copy of the database of forge in snapshot \w{8} of first does not open/),
  });
  // A restore in earnest does not need it.
  proof.must('restore', ['forge'], { input: plan });
  alpha.must('backup', ['forge', '--force']);
});

test('snapshots thin out in tiers, and a run that is killed in the middle leaves a repository that opens', async () => {
  const now = Date.now();
  const ages = { kept: [1, 40, 40.1, 72, 240, 700], gone: [72.1, 240.1, 1000, 1001] };
  // In the middle of an hour, so that the later one of two in six minutes stands for both in each tier.
  const HOUR_MS = 60 * MINUTE_MS;
  const time = (hours: number) => now - (now % HOUR_MS) + HOUR_MS / 2 - hours * HOUR_MS;
  const minute = (at: number) => new Date(at).toISOString().slice(0, 16);
  const local = (at: number) => minute(at - new Date(at).getTimezoneOffset() * MINUTE_MS).replace('T', ' ');
  for (const hours of [...ages.kept, ...ages.gone]) {
    writeFileSync(join(alpha.data, 'page'), randomBytes(3 << 20));
    restic(`backup --time '${local(time(hours))}:00' '${alpha.data}/page'`);
  }
  page('last');
  alpha.must('backup', ['forge', '--force']);
  const was = state();
  const taken = () =>
    JSON.parse(restic('snapshots --json')).map((one: { time: string }) => minute(Date.parse(one.time)));
  const shown = (folder: string) => store.as((client) => keysBelow(client, 'bucket', `first/forge/files/${folder}/`));
  const before = { taken: taken().length, packs: (await shown('data')).length, index: `${await shown('index')}` };

  const thin = spawn('bash', [join(SCRIPTS, 'thin'), 'forge'], {
    detached: true,
    env: alpha.environment,
    stdio: 'ignore',
  });
  // It has written a new index, and not let go of all that this one lacks.
  while (`${await shown('index')}` === before.index) expect(thin.exitCode).toBeNull();
  process.kill(-thin.pid!, 'SIGKILL');
  // Somebody's lock is left; whoever comes next goes on.
  page('after the kill');
  alpha.must('backup', ['forge', '--force']);
  expect(restic('check --read-data')).not.toContain('error');
  rmSync(join(alpha.state, 'state/first/forge.files.json.forgotten'), { force: true }); // an hour later
  alpha.must('thin', ['forge']);
  expect(restic('check --read-data')).not.toContain('error');
  expect((await shown('data')).length).toBeLessThan(before.packs);
  const last = taken();
  const of = (hours: number) => minute(time(hours));
  expect(ages.kept.filter((hours) => !last.includes(of(hours)))).toEqual([]);
  expect(ages.gone.filter((hours) => last.includes(of(hours)))).toEqual([]);
  // Not again within the hour.
  const left = await shown('snapshots');
  alpha.must('thin', ['forge']);
  expect(await shown('snapshots')).toEqual(left);
  expect(restored(await coarse())).toEqual({ ...was, page: 'after the kill' });
});

test('a service with nothing but a database has snapshots of its copy', async () => {
  alpha.plan({ database: { path: database() } });
  write('more');
  ageCopy(50);
  alpha.must('backup', ['forge']);
  expect(copied()).toBe(rows());
  const was = rows();
  rmSync(alpha.data, { recursive: true });
  mkdirSync(alpha.data);
  const host = newHost('lone');
  host.plan({ database: { path: database() } });
  host.must('restore', ['forge'], { input: JSON.stringify(await coarse(undefined, ['database'])) });
  expect(rows()).toBe(was);
});
