/** The restore of a whole dataset: which point is taken, what it refuses, and that it can be killed and run again. */
import { execFileSync } from 'child_process';
import { randomBytes } from 'crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'fs';
import { join } from 'path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { git, Host, Store, summaryOf, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

jest.setTimeout(120_000);

let store: Store;
let alpha: Host;
const spare: Host[] = [];

const sql = (file: string, text: string) => execFileSync('sqlite3', [file, text], { encoding: 'utf8' }).trim();
const dataset = (data: string) => ({
  database: { path: join(data, 'forge.db') },
  repositories: { root: join(data, 'repositories') },
  files: {
    paths: [data],
    exclude: ['forge.db', 'forge.db-wal', 'forge.db-shm', '.forge.db-litestream', 'repositories', 'cache'].map((name) =>
      join(data, name),
    ),
    settleSeconds: 1,
    intervalSeconds: 60,
  },
});
const planned = (data: string) => ({
  files: [{ path: join(data, 'planned.ini'), owner: 'root', group: 'root', mode: '0600', content: 'sha256:x' }],
});

/** A host with the plan. Paths are those of the host that made the backup: restic keeps absolute paths. */
function newHost(incarnation: string, createdAt = new Date().toISOString()): Host {
  const host = new Host(store, incarnation, createdAt);
  spare.push(host);
  host.plan(dataset(alpha.data), planned(alpha.data));
  return host;
}

/** The disk of the old host is gone; the new one has what `install` leaves. */
function emptyDisk(): void {
  rmSync(alpha.data, { recursive: true, force: true });
  mkdirSync(join(alpha.data, 'repositories'), { recursive: true });
  writeFileSync(join(alpha.data, 'planned.ini'), 'from the declaration');
}

function fillDisk(): void {
  mkdirSync(join(alpha.data, 'repositories/timmy'), { recursive: true });
  mkdirSync(join(alpha.data, 'lfs/ab'), { recursive: true });
  mkdirSync(join(alpha.data, 'cache'));
  writeFileSync(join(alpha.data, 'lfs/ab/object'), 'large file');
  writeFileSync(join(alpha.data, '.hidden'), 'dot file');
  writeFileSync(join(alpha.data, 'cache/junk'), 'made again');
  writeFileSync(join(alpha.data, 'planned.ini'), 'of the old declaration');
  git(alpha.data, 'init', '-q', '--bare', join(alpha.data, 'repositories/timmy/one.git'));
  git(alpha.data, 'clone', '-q', join(alpha.data, 'repositories/timmy/one.git'), join(alpha.folder, 'clone'));
  git(join(alpha.folder, 'clone'), 'commit', '-q', '--allow-empty', '-m', 'first');
  git(join(alpha.folder, 'clone'), 'push', '-q', 'origin', 'HEAD:main');
  sql(
    join(alpha.data, 'forge.db'),
    'PRAGMA journal_mode=wal; CREATE TABLE issue (id INTEGER PRIMARY KEY, title TEXT); INSERT INTO issue (title) VALUES (1), (2), (3);',
  );
}

beforeAll(async () => {
  store = await Store.start();
  alpha = new Host(store, 'first', '2026-01-01T00:00:00.000Z');
  spare.push(alpha);
  alpha.plan(dataset(alpha.data), planned(alpha.data));
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  for (const host of spare) host.remove();
  store.stop();
});

test('without a plan a restore ends with 4, an empty start must be asked for', async () => {
  const host = newHost('empty');
  const result = host.run('restore', ['forge']);
  expect(result.code).toBe(4);
  expect(result.err).toContain('--bootstrap');
  expect(host.run('start', ['forge']).err).toContain('was not restored on this host');
  expect(summaryOf(host.must('restore', ['forge', '--bootstrap']))).toMatchObject({
    bootstrap: true,
    bootstrapped: false,
    incarnation: 'empty',
  });
  await expect(host.planned()).rejects.toThrow('the store holds no restore point of forge');
});

test('everything comes back: database, repositories, files; the plan keeps its own files', async () => {
  fillDisk();
  await alpha.shipDatabase(join(alpha.data, 'forge.db'));
  alpha.protect(join(alpha.data, 'repositories'));
  alpha.shell('load_store; create_restic_store forge');
  alpha.must('backup', ['forge', '--force']);
  alpha.complete();
  const head = git(join(alpha.folder, 'clone'), 'rev-parse', 'HEAD');
  emptyDisk();

  const host = newHost('second');
  const summary = await host.mustRestore();
  expect(summary).toMatchObject({
    service: 'forge',
    restoredFrom: 'first',
    complete: true,
    bootstrap: false,
    parts: { repositories: { count: 1 } },
  });
  expect(summary.id).toBe(`first@${summary.at}`);
  expect(sql(join(alpha.data, 'forge.db'), 'SELECT count(*) FROM issue')).toBe('3');
  expect(git(join(alpha.data, 'repositories/timmy/one.git'), 'rev-parse', 'main')).toBe(head);
  expect(readFileSync(join(alpha.data, 'lfs/ab/object'), 'utf8')).toBe('large file');
  expect(readFileSync(join(alpha.data, '.hidden'), 'utf8')).toBe('dot file');
  expect(readFileSync(join(alpha.data, 'planned.ini'), 'utf8')).toBe('from the declaration');
  expect(existsSync(join(alpha.data, 'cache'))).toBe(false);
  // Nothing of the way there stays behind.
  expect(readdirSync(alpha.data).filter((name) => name.includes('fleet-'))).toEqual([]);

  // Again: nothing to do, at once.
  const before = statSync(join(alpha.data, 'forge.db')).ino;
  const again = host.must('restore', ['forge']);
  expect(again.err).toContain('nothing to do');
  expect(statSync(join(alpha.data, 'forge.db')).ino).toBe(before);
});

test('an empty start is refused with 3 while the store holds anything of the service', async () => {
  const result = newHost('third').run('restore', ['forge', '--bootstrap']);
  expect(result.code).toBe(3);
  expect(result.err).toContain('--bootstrap is refused');
  await expect(newHost('fourth').planned('2026-01-01T00:00:00Z')).rejects.toThrow(
    'no restore point of forge at or before',
  );
});

test('newer data is not overwritten: 5 and the id; with the id it is put aside', async () => {
  const host = newHost('fifth');
  const ahead = new Date(Date.now() + 60_000);
  sql(join(alpha.data, 'forge.db'), "INSERT INTO issue (title) VALUES ('after the restore point')");
  utimesSync(join(alpha.data, 'forge.db'), ahead, ahead);
  const dry = await host.mustRestore(['--dry-run']);
  expect(dry.wouldReplaceNewer).toEqual(['database']);
  const refused = await host.restore();
  expect(refused.code).toBe(5);
  const { id } = dry;
  expect(refused.err).toContain(`--replace-newer ${id}`);
  expect((await host.restore(['--replace-newer', 'first@2020-01-01T00:00:00Z'])).code).toBe(5);
  expect(sql(join(alpha.data, 'forge.db'), 'SELECT count(*) FROM issue')).toBe('4');

  // A stale -wal of the old database must not be replayed into the restored one.
  writeFileSync(join(alpha.data, 'forge.db-wal'), 'stale');
  await host.mustRestore(['--replace-newer', id]);
  expect(existsSync(join(alpha.data, 'forge.db-wal'))).toBe(false);
  expect(sql(join(alpha.data, 'forge.db'), 'SELECT count(*) FROM issue')).toBe('3');
  const aside = readdirSync(alpha.data).filter((name) => /^forge\.db\.fleet-replaced-\w+$/.test(name));
  expect(aside).toHaveLength(1);
});

test('killed in the middle and run again, it goes on where it was', async () => {
  emptyDisk();
  const host = newHost('sixth');
  // The database comes last here, and the run dies with it.
  const staged = join(host.state, 'restore/forge/repositories/root/timmy/one.git');
  const whole = join(host.state, 'restore/forge/files.whole');
  host.standIn(
    'litestream',
    `#!/bin/bash\nfor i in {1..200}; do [ -d '${staged}' ] && [ -e '${whole}' ] && break; sleep 0.1; done\npgid=$(ps -o pgid= -p $$ | tr -d ' ')\nkill -9 -- -"$pgid"\n`,
  );
  // The plan is sent ahead, as the program does.
  host.must('plan', ['forge'], { input: JSON.stringify(await host.planned()) });
  const killed = host.run('../test/host/own-group.sh', [join(__dirname, '../../host/restore'), 'forge']);
  expect(killed.code).not.toBe(0);
  expect(existsSync(join(alpha.data, 'forge.db'))).toBe(false);
  const inode = statSync(staged).ino;
  const [entry] = readdirSync(join(host.state, 'restore/forge/fetched/repositories/timmy__one.git'));
  const fetched = statSync(join(host.state, `restore/forge/fetched/repositories/timmy__one.git/${entry}`)).ino;
  host.standIn('curl', '#!/bin/sh\necho fetched-again >&2\nexit 1\n');
  host.removeStandIn('litestream');
  const result = host.must('restore', ['forge']);
  expect(result.err).toContain('going on with the restore that was interrupted');
  expect(fetched).toBeGreaterThan(0);
  expect(statSync(join(alpha.data, 'repositories/timmy/one.git')).ino).toBe(inode);
  expect(sql(join(alpha.data, 'forge.db'), 'SELECT count(*) FROM issue')).toBe('3');
});

test('a standby mirrors what is visible, and a restore fetches only what it lacks', async () => {
  emptyDisk();
  const standby = newHost('standby');
  standby.write(join(standby.etc, 'standby.json'), '{"services":["forge"],"everyMinutes":5}');
  standby.must('stage');
  // Nothing is in its place yet, and no restore was done.
  expect(existsSync(join(alpha.data, 'forge.db'))).toBe(false);
  expect(existsSync(join(standby.state, 'restored/forge.json'))).toBe(false);
  expect(JSON.parse(readFileSync(store.path('standby/staged.json'), 'utf8'))).toMatchObject({
    host: 'alpha',
    incarnation: 'standby',
    datasets: { forge: { restoredFrom: 'first' } },
  });
  const mirror = join(standby.state, 'restore/forge/fetched');
  const [entry] = readdirSync(join(mirror, 'repositories/timmy__one.git'));
  const kept = join(mirror, 'repositories/timmy__one.git', entry!);
  const { ino } = statSync(kept);

  // Again: what did not change is not fetched again, and what is no longer there goes. What was written over is fetched, also at the same size.
  writeFileSync(join(mirror, 'repositories/timmy__one.git/1-delta.age'), 'of nobody');
  standby.must('stage');
  expect(statSync(kept).ino).toBe(ino);
  expect(readdirSync(join(mirror, 'repositories/timmy__one.git'))).toEqual([entry]);
  const key = `first/forge/repositories/timmy__one.git/${entry}`;
  const whole = readFileSync(kept);
  await store.as((client) =>
    client.send(new PutObjectCommand({ Bucket: 'bucket', Key: key, Body: randomBytes(whole.length) })),
  );
  standby.must('stage');
  expect(readFileSync(kept)).not.toEqual(whole);

  // The plan names the version before, so that is what the restore takes; everything else is here.
  const plan = JSON.stringify(await standby.planned());
  standby.standIn('curl', '#!/bin/sh\ntee -a "$FLEET_VAR/asked" | PATH="${PATH#*:}" exec curl "$@"\n');
  const result = standby.must('restore', ['forge'], { input: plan, env: { FLEET_VAR: standby.state } });
  standby.removeStandIn('curl');
  expect(summaryOf(result)).toMatchObject({ restoredFrom: 'first', parts: { repositories: { count: 1 } } });
  const asked = readFileSync(join(standby.state, 'asked'), 'utf8').match(/^url/gm);
  expect(asked).toHaveLength(1);
  expect(sql(join(alpha.data, 'forge.db'), 'SELECT count(*) FROM issue')).toBe('3');
  expect(readdirSync(alpha.data).filter((name) => name.includes('fleet-'))).toEqual([]);
});

test('a database that is not whole never reaches its place', async () => {
  emptyDisk();
  const host = newHost('seventh');
  host.standIn('litestream', '#!/bin/bash\nwhile [ "$1" != -o ]; do shift; done\nhead -c 8192 /dev/urandom >"$2"\n');
  const result = await host.restore();
  expect(result.code).toBe(1);
  expect(result.err).toContain('fails its integrity check');
  expect(existsSync(join(alpha.data, 'forge.db'))).toBe(false);
  expect(existsSync(join(host.state, 'restored/forge.json'))).toBe(false);
});

test('an incarnation that died during its first backup does not hide the complete one before it', async () => {
  emptyDisk();
  const half = newHost('half', new Date().toISOString());
  mkdirSync(store.path('half/forge/repositories/timmy__other.git'), { recursive: true });
  writeFileSync(
    store.path('half/forge/repositories/timmy__other.git/1999999999999-base-9dd4e461268c8034f5c8564e155c67a6.age'),
    'x',
  );
  expect((await half.mustRestore(['--dry-run'])).restoredFrom).toBe('first');
  const host = newHost('eighth');
  expect((await host.mustRestore()).restoredFrom).toBe('first');
});

test('verify finds a damaged database and a repository that lost an object', () => {
  const host = newHost('ninth');
  host.must('verify', ['forge']);
  const bare = join(alpha.data, 'repositories/timmy/one.git');
  const packs = readdirSync(join(bare, 'objects/pack')).filter((name) => name.endsWith('.pack'));
  rmSync(join(bare, 'objects/pack', packs[0]));
  expect(host.run('verify', ['forge'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('one.git is not whole'),
  });
  writeFileSync(join(alpha.data, 'forge.db'), Buffer.alloc(8192, 7));
  expect(host.run('verify', ['forge']).err).toContain('fails its integrity check');
  rmSync(join(alpha.data, 'forge.db'));
  const missing = host.run('verify', ['forge']);
  expect(missing.err).toContain('is missing');
  // Looking at a missing database must not create an empty one.
  expect(existsSync(join(alpha.data, 'forge.db'))).toBe(false);
});
