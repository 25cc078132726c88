/** A whole dataset in the store: nothing of it can be read there without the key, and any moment of it comes back. */
import { execFileSync } from 'child_process';
import { randomBytes } from 'crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { git, Host, SECRETS, Store, testKey, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

jest.setTimeout(180_000);

/** In a row, a file, a file name and a branch. It is in the data before the first backup. */
const MARKER = `marker-${randomBytes(8).toString('hex')}`;

let store: Store;
let alpha: Host;
let database: string;
let root: string;
let clone: string;
const spare: Host[] = [];

const sql = (text: string) => execFileSync('sqlite3', [database, text], { encoding: 'utf8' }).trim();
const state = () => ({
  issues: sql('SELECT group_concat(title) FROM issue'),
  page: readFileSync(join(alpha.data, 'page'), 'utf8'),
  refs: git(join(root, 'timmy/one.git'), 'for-each-ref', '--format=%(objectname) %(refname)'),
});

function newHost(incarnation: string): Host {
  const host = new Host(store, incarnation, new Date().toISOString());
  spare.push(host);
  const exclude = ['forge.db', 'forge.db-wal', 'forge.db-shm', '.forge.db-litestream', 'repositories'].map((name) =>
    join((alpha ?? host).data, name),
  );
  const data = (alpha ?? host).data;
  host.plan({
    database: { path: join(data, 'forge.db') },
    repositories: { root: join(data, 'repositories') },
    files: { paths: [data], exclude, settleSeconds: 1, intervalSeconds: 60 },
  });
  return host;
}

async function backUp(): Promise<void> {
  await alpha.shipDatabase(database);
  alpha.must('git-ship', ['--all', 'forge']);
  alpha.must('backup', ['forge', '--force']);
}

function emptyDisk(): void {
  rmSync(alpha.data, { recursive: true, force: true });
  mkdirSync(alpha.data);
}

/** Files below a folder whose name or raw bytes hold the text. */
function holding(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.name.includes(text) ||
        (entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).includes(text)),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}

let first: { at: string; is: ReturnType<typeof state> };
let second: ReturnType<typeof state>;

beforeAll(async () => {
  store = await Store.start();
  alpha = newHost('first');
  database = join(alpha.data, 'forge.db');
  root = join(alpha.data, 'repositories');
  clone = join(alpha.folder, 'clone');
  mkdirSync(join(root, 'timmy'), { recursive: true });
  git(alpha.data, 'init', '-q', '--bare', join(root, 'timmy/one.git'));
  git(alpha.data, 'clone', '-q', join(root, 'timmy/one.git'), clone);
  git(clone, 'commit', '-q', '--allow-empty', '-m', MARKER);
  git(clone, 'push', '-q', 'origin', `HEAD:${MARKER}`);
  sql(`PRAGMA journal_mode=wal; CREATE TABLE issue (title TEXT); INSERT INTO issue VALUES ('${MARKER}');`);
  writeFileSync(join(alpha.data, 'page'), `one ${MARKER}`);
  writeFileSync(join(alpha.data, MARKER), 'a name');
  alpha.protect(root);
  alpha.shell('load_store; create_restic_store forge');
  await backUp();
  alpha.must('heartbeat');
  alpha.complete();
  await new Promise((next) => setTimeout(next, 5));
  first = { at: new Date().toISOString(), is: state() };
  await new Promise((next) => setTimeout(next, 5));

  sql("INSERT INTO issue VALUES ('two')");
  writeFileSync(join(alpha.data, 'page'), 'two');
  git(clone, 'commit', '-q', '--allow-empty', '-m', 'two');
  git(clone, 'push', '-q', 'origin', 'HEAD:main');
  await backUp();
  second = state();
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  for (const host of spare) host.remove();
  store.stop();
});

test('nothing of the data, and no key, is in the raw bytes of the store', () => {
  // The same look finds it where it is in the clear.
  for (const found of ['/forge.db', `/${MARKER}`, `/refs/heads/${MARKER}`])
    expect(holding(alpha.data, MARKER)).toContainEqual(expect.stringMatching(`${found}$`));
  expect(
    store.keys('first/forge/database').length *
      store.keys('first/forge/repositories').length *
      store.keys('first/forge/files').length,
  ).toBeGreaterThan(0);
  for (const text of [MARKER, testKey().identity, SECRETS.restic, SECRETS.secret])
    expect(holding(store.folder, text)).toEqual([]);
});

test('a dry run tells what it would take and changes nothing, on the host or in the store', async () => {
  const host = newHost('dry');
  const look = () =>
    execFileSync('find', [alpha.data, host.etc, host.state, store.path(''), '-printf', '%p %T@ %C@ %s %m\n'], {
      encoding: 'utf8',
    });
  const before = look();
  const dry = await host.mustRestore(['--dry-run'], { at: first.at });
  expect(dry).toMatchObject({ restoredFrom: 'first', moment: first.at, parts: { repositories: { count: 1 } } });
  expect(look()).toBe(before);
});

test('the newest state comes back, or that of an earlier moment', async () => {
  expect(second.issues).toBe(`${MARKER},two`);
  emptyDisk();
  await newHost('newest').mustRestore();
  expect(state()).toEqual(second);

  emptyDisk();
  const summary = await newHost('earlier').mustRestore([], { at: first.at });
  expect(state()).toEqual(first.is);
  for (const part of ['database', 'repositories', 'files']) expect(summary.parts[part].at <= first.at).toBe(true);
  expect(existsSync(join(alpha.data, MARKER))).toBe(true);
});
