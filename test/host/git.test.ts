/** Shipping git repositories and getting them back: what was pushed is what comes back, as of now or of any moment before. */
import { ChildProcess, execFileSync, spawn, spawnSync } from 'child_process';
import { createHash } from 'crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import {
  git,
  Host,
  newKey,
  OWNER,
  SCRIPTS,
  Store,
  type Summary,
  TOOLS_TIMEOUT_MS,
} from '../../scripts/sandbox/sandbox';

jest.setTimeout(120_000);

let store: Store;
let alpha: Host;
let root: string;
let work: string;
const spare: Host[] = [];

beforeAll(async () => {
  store = await Store.start();
  alpha = new Host(store, 'first', '2026-01-01T00:00:00.000Z');
  root = join(alpha.data, 'repositories');
  mkdirSync(join(root, 'timmy'), { recursive: true });
  alpha.plan({ repositories: { root } });
  alpha.protect(root);
  alpha.complete('2026-01-01T00:01:00.000Z');
  work = mkdtempSync(join(tmpdir(), 'fleet-work-'));
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  for (const host of [alpha, ...spare]) host.remove();
  store.stop();
});

/** A bare repository on the host and a clone of it to push from. */
function repository(name: string, on = root): { bare: string; clone: string } {
  const bare = join(on, 'timmy', `${name}.git`);
  git(work, 'init', '-q', '--bare', bare);
  const clone = join(work, name);
  git(work, 'init', '-q', clone);
  git(clone, 'remote', 'add', 'origin', bare);
  return { bare, clone };
}

function commit(clone: string, content: string): string {
  writeFileSync(join(clone, 'file'), content);
  git(clone, 'add', 'file');
  git(clone, 'commit', '-q', '-m', content);
  return git(clone, 'rev-parse', 'HEAD');
}

const refs = (bare: string) => git(bare, 'for-each-ref', '--format=%(objectname) %(refname)');
const entries = (name: string) => store.keys(`first/forge/repositories/timmy__${name}.git`);
const md5 = (key: string) =>
  createHash('md5')
    .update(readFileSync(store.path(key)))
    .digest('hex');
const pause = () => new Promise((next) => setTimeout(next, 20));

/** A new host with the same plan, restored from the store. */
async function rebuilt(at?: string): Promise<{ host: Host; root: string; summary: Summary }> {
  const host = new Host(store, `rebuilt-${spare.length}`, new Date().toISOString());
  spare.push(host);
  const target = join(host.data, 'repositories');
  host.plan({ repositories: { root: target } });
  return { host, root: target, summary: await host.mustRestore([], { at }) };
}

test('branches, tags, a force push and a deleted branch come back as they were, each at its moment', async () => {
  const { bare, clone } = repository('life');
  const moments: Array<{ at: string; refs: string; head: string }> = [];
  const ship = async () => {
    alpha.must('git-ship', [bare]);
    moments.push({ at: new Date().toISOString(), refs: refs(bare), head: readFileSync(join(bare, 'HEAD'), 'utf8') });
    await pause();
  };
  commit(clone, 'one');
  git(clone, 'push', '-q', 'origin', 'HEAD:main', 'HEAD:dev');
  await ship();
  commit(clone, 'two');
  git(clone, 'tag', 'light');
  git(clone, 'tag', '-a', 'heavy', '-m', 'annotated');
  git(clone, 'tag', '-a', 'nested', '-m', 'a tag of a tag', 'heavy');
  git(clone, 'push', '-q', 'origin', 'HEAD:main', '--tags');
  await ship();
  git(clone, 'reset', '-q', '--hard', 'HEAD~1');
  commit(clone, 'another two');
  git(clone, 'push', '-q', '--force', 'origin', 'HEAD:main');
  await ship();
  git(clone, 'push', '-q', 'origin', ':dev');
  git(bare, 'symbolic-ref', 'HEAD', 'refs/heads/other');
  await ship();
  for (const key of entries('life'))
    expect(md5(`first/forge/repositories/timmy__life.git/${key}`)).toBe(key.slice(-36, -4));
  expect(entries('life').map((key) => /^\d{13}-(\w+)-/.exec(key)?.[1])).toEqual(['base', 'delta', 'delta', 'delta']);

  for (const moment of [undefined, ...moments]) {
    const { root: target } = await rebuilt(moment?.at);
    const back = join(target, 'timmy/life.git');
    const expected = moment ?? moments[moments.length - 1];
    expect(refs(back)).toBe(expected.refs);
    expect(readFileSync(join(back, 'HEAD'), 'utf8')).toBe(expected.head);
    git(back, 'fsck', '--full', '--strict');
  }
});

test('a push while a repository is read back is no difference to what was shipped before', () => {
  const { bare, clone } = repository('busy');
  const push = (content: string) => {
    commit(clone, content);
    git(clone, 'push', '-q', 'origin', 'HEAD:main');
  };
  push('one');
  alpha.must('git-ship', [bare]);
  push('two');
  // It is shipped after the entries were listed, before they are fetched.
  const readBack = `load_store; read_plan forge; WORK=$(mktemp -d); eval "$(declare -f rclone_store | sed '1s/rclone_store/really/')"
    rclone_store() { if [[ "$1" == copy ]]; then "$FLEET_LIB/git-ship" ${bare} >&2; fi; really "$@"; }
    read_back_repositories forge && echo whole`;
  expect(alpha.shell(readBack).trim()).toBe('whole');
  expect(entries('busy')).toHaveLength(2);
  // What differs is told all the same.
  const damaged = `load_store; read_plan forge; WORK=$(mktemp -d); eval "$(declare -f list_shipped | sed '1s/list_shipped/really/')"
    list_shipped() { really "$@"; sed -i '$d' "$WORK/refs"; }; read_back_repositories forge`;
  expect(() => alpha.shell(damaged)).toThrow(/with other refs than were shipped/);
});

test('what is shipped again is only what is new, and nothing when nothing changed', () => {
  const { bare, clone } = repository('small');
  writeFileSync(join(clone, 'big'), execFileSync('head', ['-c', '400000', '/dev/urandom']));
  git(clone, 'add', 'big');
  commit(clone, 'big');
  git(clone, 'push', '-q', 'origin', 'HEAD:main');
  alpha.must('git-ship', [bare]);
  commit(clone, 'little');
  git(clone, 'push', '-q', 'origin', 'HEAD:main');
  alpha.must('git-ship', [bare]);
  alpha.must('git-ship', [bare]);
  const [base, delta, ...more] = entries('small').map((key) =>
    readFileSync(store.path(`first/forge/repositories/timmy__small.git/${key}`)),
  );
  expect(more).toEqual([]);
  expect(base.length).toBeGreaterThan(400_000);
  expect(delta.length).toBeLessThan(9000);
  for (const entry of [base, delta]) expect(entry.subarray(0, 21).toString()).toBe('age-encryption.org/v1');
});

test('an empty repository, a deleted one and one made again under the same name', async () => {
  const { bare } = repository('empty');
  const doomed = repository('doomed');
  commit(doomed.clone, 'first life');
  git(doomed.clone, 'push', '-q', 'origin', 'HEAD:main');
  alpha.must('git-ship', ['--all', 'forge']);
  await pause();
  const before = new Date().toISOString();
  rmSync(doomed.bare, { recursive: true });
  alpha.must('git-ship', ['--all', 'forge']);
  expect(entries('doomed').pop()).toMatch(/-gone-[0-9a-f]{32}\.age$/);
  let { root: target } = await rebuilt();
  expect(existsSync(join(target, 'timmy/doomed.git'))).toBe(false);
  expect(refs(join(target, 'timmy/empty.git'))).toBe('');
  expect(git(join(target, 'timmy/empty.git'), 'rev-parse', '--is-bare-repository')).toBe('true');
  git(bare, 'fsck');
  ({ root: target } = await rebuilt(before));
  expect(refs(join(target, 'timmy/doomed.git'))).toContain('refs/heads/main');

  rmSync(doomed.clone, { recursive: true });
  const again = repository('doomed');
  commit(again.clone, 'second life');
  git(again.clone, 'push', '-q', 'origin', 'HEAD:main');
  alpha.must('git-ship', ['--all', 'forge']);
  ({ root: target } = await rebuilt());
  expect(refs(join(target, 'timmy/doomed.git'))).toBe(refs(again.bare));
});

test('a root that lost its repositories is not taken for an order to forget them', () => {
  const before = store.keys('first/forge/repositories');
  renameSync(join(root, 'timmy'), join(alpha.data, 'aside'));
  try {
    const result = alpha.run('git-ship', ['--all', 'forge']);
    expect(result.code).toBe(1);
    expect(result.err).toContain('--accept-removals');
    expect(store.keys('first/forge/repositories')).toEqual(before);
  } finally {
    renameSync(join(alpha.data, 'aside'), join(root, 'timmy'));
  }
});

test('while the store does not answer the push is not lost: it waits and is shipped later', () => {
  const { bare, clone } = repository('queued');
  commit(clone, 'one');
  git(clone, 'push', '-q', 'origin', 'HEAD:main');
  const settings = readFileSync(join(alpha.etc, 'store.env'), 'utf8');
  alpha.write(join(alpha.etc, 'store.env'), settings.replace(store.endpoint, 'http://127.0.0.1:9'));
  const failed = alpha.run('git-ship', ['--socket'], { input: `${bare}\n` });
  expect(failed).toMatchObject({ code: 1, out: 'queued\n' });
  expect(failed.err).toContain('fleet-ship-retry.timer');
  expect(entries('queued')).toEqual([]);
  expect(alpha.run('git-ship', ['--retry']).code).toBe(1);
  alpha.write(join(alpha.etc, 'store.env'), settings);
  alpha.must('git-ship', ['--retry']);
  expect(entries('queued')).toHaveLength(1);
  expect(existsSync(join(alpha.state, 'ship-queue/forge/timmy__queued.git'))).toBe(false);
});

test('a push costs one request; where that is refused, as for a clock that is wrong, rclone finds a way', () => {
  const { bare, clone } = repository('quick');
  const ship = (content: string) => {
    commit(clone, content);
    git(clone, 'push', '-q', 'origin', 'HEAD:main');
    alpha.must('git-ship', [bare]);
    return entries('quick').length;
  };
  const broken = '#!/bin/sh\nexit 22\n';
  try {
    alpha.standIn('rclone', broken);
    expect(ship('without rclone')).toBe(1);
    alpha.removeStandIn('rclone');
    alpha.standIn('curl', broken);
    expect(ship('without curl')).toBe(2);
  } finally {
    for (const name of ['rclone', 'curl']) alpha.removeStandIn(name);
  }
});

test('only repositories of a protected service are shipped', () => {
  for (const path of ['/etc', join(root, 'timmy'), `${root}/../repositories/timmy/life.git`, `${root}/timmy/..git`]) {
    expect(alpha.run('git-ship', [path]).code).toBe(2);
  }
});

describe('the hooks', () => {
  // The installed paths are fixed; here the hooks get those of the sandbox.
  const socket = () => join(alpha.folder, 'ship.sock');
  const marks = () => join(alpha.state, 'ship-marks');
  const marked = () => (existsSync(marks()) ? readdirSync(marks()) : []);
  let server: ChildProcess;

  beforeAll(() => {
    mkdirSync(marks());
    alpha.standIn(
      'serve',
      `#!/bin/sh\nexec socat UNIX-LISTEN:${socket()},fork,unlink-early EXEC:"bash ${join(SCRIPTS, 'git-ship')} --socket"\n`,
    );
  });
  beforeEach(async () => {
    server = spawn(join(alpha.folder, 'bin/serve'), { env: alpha.environment, stdio: 'ignore', detached: true });
    // Listening, not just there.
    for (let i = 0; i < 200 && spawnSync('socat', ['-u', '/dev/null', `UNIX-CONNECT:${socket()}`]).status !== 0; i++)
      await pause();
  });
  const away = () => process.kill(-server.pid!, 'SIGKILL');
  afterEach(() => {
    try {
      away();
    } catch {
      // A test did that.
    }
  });

  /** A repository with the hooks as the forge and the host lay them out; `last` is the one that ships at the end of a push. */
  function hooked(name: string, last?: string): { bare: string; clone: string } {
    const made = repository(name);
    const hook = readFileSync(join(SCRIPTS, 'ship-hook'), 'utf8')
      .replace('/run/fleet/ship.sock', socket())
      .replace('/var/lib/fleet/ship-roots', join(alpha.state, 'ship-roots'))
      .replace('/var/lib/fleet/ship-marks', marks());
    mkdirSync(join(made.bare, 'hooks/post-receive.d'));
    // The forge's own.
    writeFileSync(
      join(made.bare, 'hooks/post-receive'),
      '#!/usr/bin/env bash\ndata=$(cat)\nfor hook in ${GIT_DIR:-.}/hooks/post-receive.d/*; do echo "$data" | "$hook"; done\n',
      { mode: 0o755 },
    );
    writeFileSync(join(made.bare, 'hooks/post-receive.d/fleet'), last ?? hook, { mode: 0o755 });
    writeFileSync(join(made.bare, 'hooks/reference-transaction'), hook, { mode: 0o755 });
    return made;
  }

  test('ship a push before the client is told; when nobody listens the push is accepted all the same, and the sweep ships it', () => {
    const { clone } = hooked('hooked');
    commit(clone, 'pushed');
    git(clone, 'push', '-q', 'origin', 'HEAD:main');
    expect({ entries: entries('hooked').length, marked: marked() }).toEqual({ entries: 1, marked: [] });
    away();
    commit(clone, 'pushed later');
    git(clone, 'push', '-q', 'origin', 'HEAD:main');
    alpha.must('git-ship', ['--all', 'forge']);
    expect({ entries: entries('hooked').length, marked: marked() }).toEqual({ entries: 2, marked: [] });
  });

  test('ship a push of a thousand refs once, whole; and what changes refs without a push at once', async () => {
    const { bare, clone } = hooked('many');
    const tip = commit(clone, 'tagged');
    execFileSync('git', ['update-ref', '--stdin'], {
      cwd: clone,
      input: Array.from({ length: 1000 }, (_, n) => `create refs/tags/v${n} ${tip}\n`).join(''),
    });
    git(clone, 'push', '-q', 'origin', 'HEAD:main', '--tags');
    expect({ entries: entries('many').length, marked: marked() }).toEqual({ entries: 1, marked: [] });
    git(bare, 'update-ref', '-d', 'refs/tags/v7');
    expect(entries('many')).toHaveLength(2);
    const { root: target } = await rebuilt();
    expect(refs(join(target, 'timmy/many.git'))).toBe(refs(bare));
    expect(refs(bare).split('\n')).toHaveLength(1000);
  });

  test('leave a mark of a push that never came to its end, and the retry ships it', () => {
    const { bare, clone } = hooked('killed', '#!/bin/sh\nkill -9 $PPID\n');
    commit(clone, 'pushed');
    git(clone, 'push', '-q', 'origin', 'HEAD:main');
    expect({ entries: entries('killed'), marked: marked() }).toEqual({
      entries: [],
      marked: ['forge.timmy__killed.git'],
    });
    expect(alpha.shell('repositories_waiting forge')).toMatch(/^1\t\d{13}$/m);
    // A push that goes on is left alone.
    alpha.must('git-ship', ['--retry']);
    expect(entries('killed')).toEqual([]);
    writeFileSync(join(marks(), 'forge.of nobody'), '');
    alpha.must('git-ship', ['--retry'], { env: { SHIP_MARK_SECONDS: '0' } });
    expect({ entries: entries('killed').length, marked: marked() }).toEqual({ entries: 1, marked: [] });
    expect(refs(bare)).toContain('refs/heads/main');
  });

  test('ship each ref by itself where nothing would ship at the end of the push', () => {
    const { bare, clone } = hooked('bare');
    rmSync(join(bare, 'hooks/post-receive.d'), { recursive: true });
    commit(clone, 'pushed');
    git(clone, 'push', '-q', 'origin', 'HEAD:main', 'HEAD:dev');
    expect(entries('bare')).toHaveLength(2);
  });
});

test('entries that the key at hand does not open stop the restore, and leave nothing half done', async () => {
  const host = new Host(store, 'stranger', new Date().toISOString(), newKey());
  spare.push(host);
  const target = join(host.data, 'repositories');
  host.plan({ repositories: { root: target } });
  const result = host.run('restore', ['forge'], { input: JSON.stringify(await alpha.planned()) });
  expect(result.code).toBe(1);
  expect(result.err).toContain('cannot be opened with the key of this host');
  expect(existsSync(target)).toBe(false);
  expect(existsSync(join(host.state, 'restored/forge.json'))).toBe(false);
});

test('restored repositories belong to the owner and ship with the same hook', async () => {
  const { root: target } = await rebuilt();
  expect(
    execFileSync('readlink', [join(target, 'timmy/life.git/hooks/reference-transaction')], { encoding: 'utf8' }),
  ).toMatch(/\/ship-hook\n$/);
  expect(execFileSync('find', [target, '!', '-user', OWNER], { encoding: 'utf8' })).toBe('');
});
