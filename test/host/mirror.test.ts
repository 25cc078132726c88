/** The mirror of the repositories: what the second place holds is what the forge holds, and what keeps it from that is told. */
import { spawn } from 'child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'fs';
import { tmpdir, userInfo } from 'os';
import { join, resolve } from 'path';
import { GitPlace } from '../../drill/git-place';
import { git } from '../../scripts/sandbox/sandbox';

jest.setTimeout(60_000);

const MIRROR = resolve(__dirname, '../../host/services/repository-mirror');
const TOKEN = 'mirror-token-never-in-argv';
let folder: string;
let place: GitPlace;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-mirror-'));
  mkdirSync(join(folder, 'state'));
  mkdirSync(join(folder, 'etc/environment'), { recursive: true });
  place = await GitPlace.listen('127.0.0.1', join(folder, 'place'), { user: 'mirror', token: TOKEN });
  mkdirSync(join(folder, 'etc/services'));
  writeFileSync(
    join(folder, 'etc/services/mirror.json'),
    JSON.stringify({ name: 'mirror', directories: [{ owner: userInfo().username }] }),
  );
  settings();
});
afterEach(() => {
  place.close();
});

function settings(more: Record<string, string> = {}): void {
  const url = `http://127.0.0.1:${place.port}`;
  const values = {
    MIRROR_ROOT: join(folder, 'repositories'),
    MIRROR_STATE: join(folder, 'state'),
    MIRROR_URL: url,
    MIRROR_USER: 'mirror',
    MIRROR_CREATE: `${url}/api/repos`,
    MIRROR_TOKEN: TOKEN,
    ...more,
  };
  writeFileSync(
    join(folder, 'etc/environment/mirror.env'),
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );
}

/** Not synchronously: the second place is this process. */
function run(script: string): Promise<{ code: number | null; err: string }> {
  const body = `set -a; . "$FLEET_ETC/environment/mirror.env"; exec bash "${MIRROR}/${script}" mirror`;
  // A stand-in for systemd runs the unit's program.
  writeFileSync(join(folder, 'systemctl'), `#!/bin/sh\nexec bash "${MIRROR}/push"\n`, { mode: 0o755 });
  const child = spawn('bash', ['-c', body], {
    env: {
      PATH: process.env.PATH,
      FLEET_PATH: folder,
      FLEET_LIB: resolve(MIRROR, '../..'),
      FLEET_ETC: join(folder, 'etc'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (part) => (err += part));
  return new Promise((done) => child.on('close', (code) => done({ code, err })));
}

function repository(name: string): { bare: string; clone: string } {
  const bare = join(folder, 'repositories', `${name}.git`);
  mkdirSync(bare, { recursive: true });
  git(bare, 'init', '-q', '--bare');
  const clone = join(folder, 'clones', name);
  mkdirSync(clone, { recursive: true });
  git(clone, 'init', '-q');
  git(clone, 'remote', 'add', 'origin', bare);
  git(clone, 'commit', '-q', '--allow-empty', '-m', name);
  git(clone, 'push', '-q', 'origin', 'HEAD:main');
  return { bare, clone };
}

const refs = (bare: string) => git(bare, 'for-each-ref', '--format=%(objectname) %(refname)');

test('branches and tags of every repository are in the second place, changed and deleted ones too', async () => {
  const one = repository('timmy/one');
  const two = repository('other/two');
  repository('timmy/empty.wiki');
  expect(await run('verify')).toMatchObject({ code: 0, err: expect.stringContaining('3 repositories are the same') });
  expect(await place.refs('timmy__one.git')).toBe(refs(one.bare));
  git(one.clone, 'commit', '-q', '--amend', '--allow-empty', '-m', 'rewritten');
  git(one.clone, 'tag', '-a', 'v1', '-m', 'annotated');
  git(one.clone, 'push', '-q', '--force', '--tags', 'origin', 'HEAD:main', 'HEAD:dev');
  git(two.bare, 'update-ref', '-d', 'refs/heads/main');
  const again = await run('push');
  expect(again.code).toBe(0);
  // What did not change is not pushed again.
  expect(again.err).not.toContain('empty.wiki');
  expect(await place.refs('timmy__one.git')).toBe(refs(one.bare));
  expect(await place.refs('other__two.git')).toBe('');
});

test('a second place that differs fails the verification, one that refuses fails the run and is asked again', async () => {
  const { bare, clone } = repository('timmy/one');
  expect((await run('push')).code).toBe(0);
  git(join(folder, 'place/timmy__one.git'), 'update-ref', '-d', 'refs/heads/main');
  expect(await run('verify')).toMatchObject({
    code: 1,
    err: expect.stringContaining('1 of 1 repositories differ in the second place: timmy/one.git'),
  });

  git(clone, 'commit', '-q', '--allow-empty', '-m', 'more');
  git(clone, 'push', '-q', 'origin', 'HEAD:main');
  settings({ MIRROR_TOKEN: 'withdrawn' });
  const refused = await run('push');
  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringContaining('1 repositories are not in the second place: timmy/one.git'),
  });
  expect(refused.err).not.toContain('withdrawn');
  settings();
  expect((await run('push')).code).toBe(0);
  expect(await place.refs('timmy__one.git')).toBe(refs(bare));
});

test('without a token it says which secret is missing', async () => {
  repository('timmy/one');
  settings({ MIRROR_TOKEN: '' });
  expect(await run('push')).toMatchObject({ code: 1, err: expect.stringContaining('fleet:mirrorToken') });
});
