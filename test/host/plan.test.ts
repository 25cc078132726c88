/** What a plan becomes on a host: directories, files, units, and a plan without contents; or one sentence and nothing. */
import { execFileSync, spawnSync } from 'child_process';
import { createHash } from 'crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { OWNER, SCRIPTS } from '../../scripts/sandbox/sandbox';

const GROUP = execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-plan-'));
  mkdirSync(join(folder, 'system'));
  mkdirSync(join(folder, 'bin'));
  writeFileSync(join(folder, 'bin/systemctl'), `#!/bin/sh\necho "$@" >>'${folder}/asked'\n`);
  chmodSync(join(folder, 'bin/systemctl'), 0o755);
});

const file = (name: string, content: string, mode = '0640') => ({
  path: join(folder, 'data', name),
  owner: OWNER,
  group: GROUP,
  mode,
  content,
});
const plan = (more: object = {}) => ({
  name: 'forge',
  users: [{ name: 'git', home: '/var/lib/git' }],
  dataset: { owner: 'git', repositories: { root: '/var/lib/git/repositories' } },
  directories: [{ path: join(folder, 'data'), owner: OWNER, group: GROUP, mode: '0750' }],
  files: [file('a', 'token "é"\n')],
  units: [{ name: 'forge.service', content: '[Service]\n' }],
  ...more,
});
function run(verb: string, content: object | string, ...words: string[]) {
  writeFileSync(join(folder, 'plan.json'), typeof content === 'string' ? content : JSON.stringify(content));
  return spawnSync('python3', [join(SCRIPTS, 'lib/plan.py'), verb, join(folder, 'plan.json'), ...words], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
  });
}
const check = (content: object | string) => run('check', content, 'forge', folder);
const put = (content: object) => run('put', content, join(folder, 'services/forge.json'), join(folder, 'system'));
const text = (path: string) => readFileSync(join(folder, path), 'utf8');

test('everything has its owner and mode, and what stays of the plan tells no content', () => {
  expect(put(plan())).toMatchObject({ status: 0, stderr: '' });
  expect([text('data/a'), text('system/forge.service')]).toEqual(['token "é"\n', '[Service]\n']);
  expect(
    ['data', 'data/a', 'system/forge.service', 'services/forge.json'].map(
      (path) => statSync(join(folder, path)).mode & 0o777,
    ),
  ).toEqual([0o750, 0o640, 0o644, 0o600]);
  expect(JSON.parse(text('services/forge.json')).files).toEqual([
    { ...file('a', ''), content: `sha256:${createHash('sha256').update('token "é"\n').digest('hex')}` },
  ]);
  expect(readdirSync(join(folder, 'data'))).toEqual(['a']);
});

test('what only the plan before had goes, its unit stopped first; the same plan again changes nothing', () => {
  put(
    plan({
      files: [file('a', 'a'), file('b', 'b')],
      units: [
        { name: 'forge.service', content: '' },
        { name: 'old.service', content: '' },
      ],
    }),
  );
  writeFileSync(join(folder, 'data/mine'), 'mine');
  for (const time of ['first', 'second'])
    expect({ time, ...put(plan()) }).toMatchObject({ time, status: 0, stderr: '' });
  expect([readdirSync(join(folder, 'data')), readdirSync(join(folder, 'system'))]).toEqual([
    ['a', 'mine'],
    ['forge.service'],
  ]);
  expect(text('asked')).toBe('-q disable --now old.service\n');
});

test('a link that a service’s user put in the place of a folder is not followed: what it leads to keeps its owner', () => {
  const [data, victim] = [join(folder, 'data'), join(folder, 'of-root')];
  for (const path of [data, victim]) mkdirSync(path);
  const [user, group] = ['nobody', 'nogroup'];
  execFileSync('chown', [user, data]);
  symlinkSync(victim, join(data, 'lfs'));
  for (const more of [
    { directories: [{ path: join(data, 'lfs'), owner: user, group, mode: '0777' }] },
    { files: [{ ...file('lfs/page', 'page'), owner: user, group }] },
  ]) {
    const { status, stderr } = put(plan({ directories: [], files: [], ...more }));
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^the plan cannot be put in place: .*lfs.* is a link or no folder/),
    });
    expect({ uid: statSync(victim).uid, mode: statSync(victim).mode & 0o777, holds: readdirSync(victim) }).toEqual({
      uid: process.getuid!(),
      mode: 0o755,
      holds: [],
    });
  }
});

test('a whole plan is laid out for the shell', () => {
  expect(check(plan())).toMatchObject({ status: 0, stderr: '' });
  expect([text('users'), text('repositories')]).toEqual(['git\t/var/lib/git\t/usr/sbin/nologin\n', 'git\n']);
  check(
    plan({
      dataset: null,
      units: [
        { name: 'forge.service', content: '' },
        { name: 'forge@.timer', content: '' },
      ],
    }),
  );
  expect([text('repositories'), text('units')]).toEqual(['', 'forge.service\nforge@*.timer\n']);
});

test.each<[string, () => object | string]>([
  ['stdin is not the plan of forge', () => 'nonsense'],
  ['stdin is not the plan of forge', () => plan({ name: 'other' })],
  ['stdin is not the plan of forge', () => []],
  ['stdin is not the plan of forge', () => ({ name: 'forge' })],
  [
    'these files still hold a {{secret:…}} that nobody filled in',
    () => plan({ files: [file('a', '{{secret:token}}')] }),
  ],
])('%s: said, and nothing is laid out', (said, content) => {
  const { status, stderr } = check(content());
  expect(status).not.toBe(0);
  expect(stderr).toContain(said);
  expect(stderr).not.toContain('Traceback');
  expect(existsSync(join(folder, 'users'))).toBe(false);
});
