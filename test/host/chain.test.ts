/** The chain of a repository's entries in the store: it stays short, costs little to keep short, and loses nothing, whatever it is killed at. */
import { execFileSync, spawn } from 'child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { join } from 'path';
import { keysBelow, versionsOf } from '../../components/store/objects';
import { until } from '../../scripts/sandbox/gateway';
import { git, Host, SCRIPTS, Store, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

jest.setTimeout(600_000);

let store: Store;
let alpha: Host;
let root: string;
const spare: Host[] = [];
/** Whatever is superseded is hidden at once. */
const AT_ONCE = { SHIP_HIDE_AFTER: '0' };

beforeAll(async () => {
  store = await Store.start();
  alpha = new Host(store, 'first', '2026-01-01T00:00:00.000Z');
  root = join(alpha.data, 'repositories');
  alpha.plan({ repositories: { root } });
  alpha.protect(root);
  alpha.complete('2026-01-01T00:01:00.000Z');
}, TOOLS_TIMEOUT_MS);
// Nothing is left to do of another test's repositories.
beforeEach(() => {
  tidy();
});
afterAll(() => {
  for (const host of [alpha, ...spare]) host.remove();
  store.stop();
});

/** A bare repository. */
function repository(name: string, on = root): string {
  const bare = join(on, 'timmy', `${name}.git`);
  mkdirSync(bare, { recursive: true });
  git(bare, 'init', '-q', '--bare');
  return bare;
}

let commits = 0;
/** What a push leaves behind: a commit on a branch, with a file of so many characters. */
function commit(bare: string, branch = 'main', from?: string, size = 300): void {
  const content = execFileSync('head', ['-c', String(size / 2), '/dev/urandom']).toString('hex');
  const parent = from === undefined && refs(bare).includes(`refs/heads/${branch}\n`) ? `refs/heads/${branch}^0` : from;
  execFileSync('git', ['fast-import', '--quiet', '--force'], {
    cwd: bare,
    input: [
      `commit refs/heads/${branch}`,
      `committer t <t@drill.test> ${1_700_000_000 + ++commits} +0000`,
      'data 1\nx',
      ...(parent === undefined ? [] : [`from ${parent}`]),
      `M 644 inline file-${commits % 7}\ndata ${content.length}\n${content}`,
      '',
    ].join('\n'),
  });
}

const refs = (bare: string) => `${git(bare, 'for-each-ref', '--format=%(objectname) %(refname)')}\n`;
const ship = (bare: string) => alpha.must('git-ship', [bare]);
const tidy = (env: NodeJS.ProcessEnv = AT_ONCE) => alpha.must('git-ship', ['--tidy'], { env });
const folderOf = (name: string) => `first/forge/repositories/timmy__${name}.git/`;
/** Names of the entries that a listing of now shows. */
const visible = async (name: string) =>
  (await store.as((client) => keysBelow(client, 'bucket', folderOf(name)))).map((key) =>
    key.slice(folderOf(name).length),
  );
const stateOf = (name: string) => join(alpha.state, `ship/first/forge/timmy__${name}.git`);
/** What the host remembers of them, superseded ones too. */
const known = (name: string) =>
  readFileSync(join(stateOf(name), 'chain'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[0] ?? '')
    .sort();
const moment = async () => {
  await new Promise((next) => setTimeout(next, 20));
  const at = new Date().toISOString();
  await new Promise((next) => setTimeout(next, 20));
  return at;
};

/** The repositories on a new host. */
async function rebuilt(at?: string): Promise<string> {
  const host = new Host(store, `rebuilt-${spare.length}`, new Date().toISOString());
  spare.push(host);
  const target = join(host.data, 'repositories');
  host.plan({ repositories: { root: target } });
  await host.mustRestore([], { at });
  return join(target, 'timmy');
}

async function expectBack(name: string, expected: string, at?: string): Promise<void> {
  const back = join(await rebuilt(at), `${name}.git`);
  expect(refs(back)).toBe(expected);
  git(back, 'fsck', '--full', '--strict');
}

/** Runs a script in front of whose curl there is this one, and which ends by SIGKILL. */
function killed(args: string[], curl: string, env: NodeJS.ProcessEnv = AT_ONCE): void {
  const die = 'kill -9 -- -"$(ps -o pgid= -p $$ | tr -d " ")"';
  alpha.standIn(
    'curl',
    `#!/bin/bash\nreally() { PATH="\${PATH#*:}" command curl "$@"; }\ndie() { ${die}; }\n${curl}\n`,
  );
  const { code } = alpha.run('../test/host/own-group.sh', [join(SCRIPTS, 'git-ship'), ...args], { env });
  alpha.removeStandIn('curl');
  expect(code).not.toBe(0);
}
const AFTER_PUT = 'really "$@"; die';

test('many pushes: a listing shows at most 20 entries at any time, and the store takes little more than was pushed', async () => {
  const bare = repository('busy');
  const seen = new Set<string>();
  const bytes = { pushed: 0, merged: 0 };
  const look = async (as: keyof typeof bytes) => {
    const now = await store.as((client) => versionsOf(client, 'bucket', folderOf('busy')));
    for (const { key, size } of now.filter((one) => !one.hidden && !seen.has(one.key))) {
      seen.add(key);
      bytes[as] += size;
    }
    const shown = await visible('busy');
    expect(shown.length).toBeLessThanOrEqual(20);
    expect(shown).toEqual(known('busy'));
  };
  let middle = { at: '', refs: '' };
  for (let push = 1; push <= 64; push++) {
    commit(bare, 'main', undefined, push % 16 === 0 ? 40_000 : 300);
    ship(bare);
    if (push === 35) middle = { at: await moment(), refs: refs(bare) };
    if (push % 8) continue;
    await look('pushed');
    tidy();
    await look('merged');
  }
  expect((await visible('busy')).length).toBeLessThanOrEqual(12);
  // Measured: 1.9.
  expect((bytes.pushed + bytes.merged) / bytes.pushed).toBeLessThan(4);
  await expectBack('busy', refs(bare));
  await expectBack('busy', middle.refs, middle.at);
});

test('killed between the store’s answer and the note of it, it goes on with that entry, whatever is pushed or undone meanwhile', async () => {
  const bare = repository('killed');
  commit(bare);
  ship(bare);
  const before = refs(bare);
  commit(bare);
  killed([bare], AFTER_PUT);
  expect(await visible('killed')).toHaveLength(2);
  expect(known('killed')).toHaveLength(1);
  // Undone: what is in the store must not come back.
  git(bare, 'update-ref', 'refs/heads/main', before.split(' ')[0] ?? '');
  ship(bare);
  await expectBack('killed', before);
  for (let push = 0; push < 7; push++) {
    commit(bare);
    ship(bare);
  }
  killed(['--tidy'], AFTER_PUT);
  const merged = await visible('killed');
  expect(known('killed').length).toBe(merged.length - 1);
  await expectBack('killed', refs(bare));
  tidy();
  expect((await visible('killed')).length).toBeLessThan(4);
  expect(await visible('killed')).toEqual(known('killed'));
  await expectBack('killed', refs(bare));
});

test('what is superseded is hidden ten minutes later; killed before or after that, or without a store, the next run does it', async () => {
  const bare = repository('late');
  for (let push = 0; push < 8; push++) {
    commit(bare);
    ship(bare);
  }
  tidy({});
  const all = await visible('late');
  expect(all).toHaveLength(9);
  const settings = readFileSync(join(alpha.etc, 'store.env'), 'utf8');
  alpha.write(join(alpha.etc, 'store.env'), settings.replace(store.endpoint, 'http://127.0.0.1:9'));
  expect(alpha.run('git-ship', ['--tidy'], { env: AT_ONCE })).toMatchObject({
    code: 1,
    err: expect.stringContaining('what is superseded stays visible until the next run'),
  });
  alpha.write(join(alpha.etc, 'store.env'), settings);
  killed(['--tidy'], 'die');
  expect(await visible('late')).toEqual(all);
  expect(known('late')).toEqual(all);
  killed(['--tidy'], AFTER_PUT);
  expect(await visible('late')).toHaveLength(2);
  expect(known('late')).toEqual(all);
  tidy();
  expect(known('late')).toEqual(await visible('late'));
  await expectBack('late', refs(bare));
});

test('a force push, a deleted branch and a pruned tip, each at its moment, with merges in between', async () => {
  const bare = repository('rough');
  const moments: Array<{ at: string; refs: string }> = [];
  const push = async (change: () => void) => {
    change();
    ship(bare);
    moments.push({ at: await moment(), refs: refs(bare) });
  };
  const tip = () => refs(bare).split(' ')[0] ?? '';
  await push(() => commit(bare));
  const first = tip();
  for (let n = 0; n < 6; n++) await push(() => commit(bare));
  tidy();
  const parent = tip();
  await push(() => commit(bare));
  // What is new since then is the commit alone; its parent was shipped with what is pruned now.
  await push(() => commit(bare, 'main', parent));
  git(bare, 'reflog', 'expire', '--expire=now', '--all');
  git(bare, 'gc', '-q', '--prune=now');
  await push(() => commit(bare, 'side', first));
  for (let n = 0; n < 6; n++) await push(() => commit(bare, 'side'));
  tidy();
  await push(() => git(bare, 'update-ref', '-d', 'refs/heads/side'));
  git(bare, 'gc', '-q', '--prune=now');
  for (let n = 0; n < 7; n++) await push(() => commit(bare));
  tidy();
  expect((await visible('rough')).length).toBeLessThan(10);
  await expectBack('rough', refs(bare));
  for (const at of [5, 7, 8, 14, 15]) await expectBack('rough', moments[at]?.refs ?? '', moments[at]?.at);
});

test('of a repository that is gone nothing stays, in a listing or on the host; made again, it begins anew', async () => {
  const bare = repository('gone');
  commit(bare);
  ship(bare);
  const before = { at: await moment(), refs: refs(bare) };
  rmSync(bare, { recursive: true });
  alpha.must('git-ship', ['--all', 'forge']);
  alpha.must('git-ship', ['--all', 'forge']);
  expect((await visible('gone')).map((name) => name.split('-')[1])).toEqual(['base', 'gone']);
  repository('gone');
  commit(bare);
  ship(bare);
  const again = { at: await moment(), refs: refs(bare) };
  await expectBack('gone', again.refs);
  tidy();
  expect((await visible('gone')).map((name) => name.split('-')[1])).toEqual(['base']);
  rmSync(bare, { recursive: true });
  alpha.must('git-ship', ['--all', 'forge']);
  // First all that it ends, then the end.
  for (const left of [1, 0]) {
    tidy();
    expect(await visible('gone')).toHaveLength(left);
  }
  expect(existsSync(stateOf('gone'))).toBe(false);
  expect(existsSync(join(await rebuilt(), 'gone.git'))).toBe(false);
  await expectBack('gone', before.refs, before.at);
  await expectBack('gone', again.refs, again.at);
});

test('of a service all of whose repositories are gone the end stays, so that there is a restore point', async () => {
  const host = new Host(store, 'bare', '2026-01-02T00:00:00.000Z');
  spare.push(host);
  const at = join(host.data, 'repositories');
  host.plan({ repositories: { root: at } });
  host.protect(at);
  const bare = repository('only', at);
  host.must('git-ship', ['--all', 'forge']);
  rmSync(bare, { recursive: true });
  host.must('git-ship', ['--all', 'forge', '--accept-removals']);
  for (let n = 0; n < 2; n++) host.must('git-ship', ['--tidy'], { env: AT_ONCE });
  const shown = await store.as((client) => keysBelow(client, 'bucket', 'bare/forge/repositories/'));
  expect(shown).toEqual([expect.stringMatching(/only\.git\/\d+-gone-/)]);
});

test('no push waits for a merge, and one that is shipped meanwhile counts', async () => {
  const bare = repository('quick');
  for (let push = 0; push < 8; push++) {
    commit(bare);
    ship(bare);
  }
  const slow = join(alpha.folder, 'slow');
  mkdirSync(slow);
  writeFileSync(
    join(slow, 'age'),
    `#!/bin/bash\ntouch '${slow}/begun'\nfor i in {1..600}; do [ -e '${slow}/go' ] && break; sleep 0.1; done\nPATH="\${PATH#*:}" exec age "$@"\n`,
    { mode: 0o755 },
  );
  const merge = spawn('bash', [join(SCRIPTS, 'git-ship'), '--tidy'], {
    stdio: 'ignore',
    env: { ...alpha.environment, ...AT_ONCE, FLEET_PATH: `${slow}:${alpha.environment.FLEET_PATH}` },
  });
  const ended = new Promise((done) => merge.once('exit', done));
  await until('the merge has begun', 60, () => existsSync(join(slow, 'begun')));
  commit(bare);
  ship(bare);
  expect(await visible('quick')).toHaveLength(9);
  writeFileSync(join(slow, 'go'), '');
  expect(await ended).toBe(0);
  const shown = await visible('quick');
  // Of before the merge its last entry stays: the others are one.
  expect(shown).toHaveLength(3);
  expect(shown).toEqual(known('quick'));
  await expectBack('quick', refs(bare));
});
