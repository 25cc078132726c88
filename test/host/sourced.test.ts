/** A service's program comes from the forge, or, where the forge does not answer, from the bundle that was kept with its data. */
import { execFileSync, spawnSync } from 'child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'fs';
import { tmpdir, userInfo } from 'os';
import { join, resolve } from 'path';

const SOURCED = resolve(__dirname, '../../host/services/sourced');
let folder: string;
let forge: string;
let home: string;
const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@drill.test', ...args], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-sourced-'));
  forge = join(folder, 'forge');
  home = join(folder, 'home');
  mkdirSync(forge);
  mkdirSync(home);
  git(forge, 'init', '--quiet', '--initial-branch=main');
  commit('first');
  git(forge, 'tag', 'v1');
  commit('second');
});

function commit(text: string): string {
  writeFileSync(join(forge, 'run.py'), `print("${text}")\n`);
  git(forge, 'add', '--all');
  git(forge, 'commit', '--quiet', '--message', text);
  return git(forge, 'rev-parse', 'HEAD');
}

const run = (script: string, more: Record<string, string> = {}) =>
  spawnSync('bash', [join(SOURCED, script)], {
    encoding: 'utf8',
    env: { ...process.env, SOURCE_NAME: 'sample', SOURCE_HOME: home, SOURCE_URL: forge, SOURCE_REF: 'main', ...more },
    timeout: 30_000,
  });
const head = () => git(join(home, 'source'), 'rev-parse', 'HEAD');

test('the declared ref is checked out, a newer one is followed, a pinned one is not left', () => {
  expect(run('checkout').status).toBe(0);
  expect(head()).toBe(git(forge, 'rev-parse', 'main'));
  const newer = commit('third');
  expect(run('checkout').status).toBe(0);
  expect(head()).toBe(newer);
  expect(run('checkout', { SOURCE_REF: 'v1' }).status).toBe(0);
  expect(head()).toBe(git(forge, 'rev-parse', 'v1'));
});

test('without the forge a checkout goes on as it is', () => {
  run('checkout');
  renameSync(forge, `${forge}.gone`);
  expect(run('run')).toMatchObject({ status: 0, stdout: 'second\n', stderr: expect.stringContaining('going on with') });
});

test('without the forge and without a checkout, as after a restore, it starts from the bundle', () => {
  run('checkout');
  rmSync(join(home, 'source'), { recursive: true });
  renameSync(forge, `${forge}.gone`);
  expect(run('run')).toMatchObject({
    status: 0,
    stdout: 'second\n',
    stderr: expect.stringContaining('starting from the bundle'),
  });
  expect(readFileSync(join(home, 'source.from'), 'utf8')).toBe('bundle\n');
  renameSync(`${forge}.gone`, forge);
  run('checkout');
  expect(readFileSync(join(home, 'source.from'), 'utf8')).toBe('forge\n');
});

test('what runs at set times fails instead of waiting while there is neither forge nor bundle', () => {
  rmSync(forge, { recursive: true });
  expect(run('run', { SOURCE_ONCE: 'yes' })).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('does not serve'),
  });
});

test('that no source was ever had is noted with the data, until there is one; a source that was had before is none to wait for', () => {
  const awaited = () => existsSync(join(home, 'source.awaited'));
  renameSync(forge, `${forge}.later`);
  expect(run('checkout').status).toBe(1);
  expect(awaited()).toBe(true);
  renameSync(`${forge}.later`, forge);
  expect(run('checkout').status).toBe(0);
  expect(awaited()).toBe(false);
  // Restored without checkout and bundle: something is lost, and that is no waiting.
  for (const part of ['source', 'source.bundle']) rmSync(join(home, part), { recursive: true });
  rmSync(forge, { recursive: true });
  expect(run('checkout').status).toBe(1);
  expect(awaited()).toBe(false);
});

test('a host waits for a source where it starts empty, or its predecessor waited', () => {
  const etc = join(folder, 'etc/services');
  const restored = join(folder, 'var/restored');
  const environment = join(folder, 'etc/environment');
  for (const made of [etc, restored, environment]) mkdirSync(made, { recursive: true });
  writeFileSync(join(environment, 'sample.env'), `SOURCE_URL=${forge}\n`);
  const waits = (bootstrap: boolean, dependsOn: string[] = []) => {
    // What is backed up of a relay belongs to somebody else than its checkout.
    const plan = {
      name: 'sample',
      users: [{ name: userInfo().username, home }],
      health: { unit: 'sample.service' },
      dataset: { owner: 'nobody' },
      source: { ref: 'main' },
      dependsOn,
    };
    writeFileSync(join(etc, 'sample.json'), JSON.stringify(plan));
    writeFileSync(join(restored, 'sample.json'), JSON.stringify({ bootstrap }));
    const env = {
      ...process.env,
      FLEET_LIB: resolve(SOURCED, '../..'),
      FLEET_ETC: join(folder, 'etc'),
      FLEET_VAR: join(folder, 'var'),
    };
    return (
      spawnSync(
        'bash',
        ['-c', `set -euo pipefail; . '${join(SOURCED, 'common.sh')}'; sourced sample; waits_for_source sample`],
        { encoding: 'utf8', env },
      ).status === 0
    );
  };
  expect([waits(true), waits(false)]).toEqual([true, false]);
  writeFileSync(join(home, 'source.awaited'), '');
  expect(waits(false)).toBe(true);
  // The forge of the same host is asked: the repository that it has will be had in a moment, one that it lacks is waited for.
  expect(waits(false, ['gitea'])).toBe(false);
  renameSync(forge, `${forge}.later`);
  expect(waits(false, ['gitea'])).toBe(true);
  // One that does not answer says nothing of what it has.
  writeFileSync(join(environment, 'sample.env'), 'SOURCE_URL=http://127.0.0.1:9/owner/sample.git\n');
  expect(waits(false, ['gitea'])).toBe(false);
  writeFileSync(join(environment, 'sample.env'), `SOURCE_URL=${forge}\n`);
  renameSync(`${forge}.later`, forge);
  run('checkout');
  expect([waits(true), waits(false)]).toEqual([false, false]);
});

test('a program whose secret is empty is not started', () => {
  expect(run('run', { SOURCE_REQUIRED: 'WEBHOOK_SECRET', WEBHOOK_SECRET: '' })).toMatchObject({
    status: 78,
    stderr: expect.stringContaining('WEBHOOK_SECRET is empty'),
  });
  expect(existsSync(join(home, 'source'))).toBe(false);
});

test('a work tree is made once and its own work is left alone', () => {
  const more = { WORK_TREES: `epic-work=${forge}` };
  run('run', more);
  writeFileSync(join(home, 'epic-work/unfinished'), 'work');
  commit('third');
  expect(run('run', more)).toMatchObject({ status: 0, stdout: 'third\n' });
  expect(readFileSync(join(home, 'epic-work/unfinished'), 'utf8')).toBe('work');
  expect(readFileSync(join(home, 'epic-work/run.py'), 'utf8')).toContain('second');
});

test('a checkpoint holds the home without what is a repository itself', () => {
  run('run', { WORK_TREES: `epic-work=${forge}` });
  writeFileSync(join(home, 'memory.yaml'), 'remembers: everything\n');
  const script = resolve(__dirname, '../../host/services/hermes-agent/checkpoint');
  const checkpoint = () =>
    execFileSync('bash', [script], {
      env: { ...process.env, HERMES_HOME: home, HERMES_NAME: 'sample', WORK_TREES: `epic-work=${forge}` },
    });
  checkpoint();
  checkpoint();
  expect(git(folder, '--git-dir', join(home, 'checkpoint.git'), 'ls-tree', '-r', '--name-only', 'HEAD')).toBe(
    'memory.yaml',
  );
  expect(git(folder, '--git-dir', join(home, 'checkpoint.git'), 'rev-list', '--count', 'HEAD')).toBe('1');
  expect(JSON.parse(readFileSync(join(home, 'checkpoint.json'), 'utf8'))).toMatchObject({ at: expect.any(String) });
});
