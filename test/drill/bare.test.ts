/** The scripts that a rebuild is measured against: they wait within bounds, and say what they waited for. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const scripts = resolve(__dirname, '../../drill/bench');
const bash = (script: string, env: NodeJS.ProcessEnv = process.env) =>
  spawnSync('bash', ['-euo', 'pipefail', '-c', `. ${scripts}/poll.sh\n${script}`], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

test('a wait that is over fails, says what it waited for and what was last said, and prints nothing else', () => {
  const { status, stdout, stderr } = bash(
    "answer() { echo out; echo 'no route to host' >&2; return 1; }\npoll 1 'an answer of the host' answer",
  );
  expect({ status, stdout, stderr }).toEqual({
    status: 1,
    stdout: '',
    stderr: 'gave up waiting for an answer of the host: no route to host\n',
  });
});

test('a wait ends with the first success', () => {
  const { status, stdout } = bash(
    'n=$(mktemp)\nthrice() { echo . >>"$n"; [[ $(wc -l <"$n") -ge 3 ]]; }\npoll 60 "three tries" thrice\nwc -l <"$n"; rm "$n"',
  );
  expect([status, stdout.trim()]).toEqual([0, '3']);
});

test('whatever the path of the kit, the socket of the connection has a short one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bare-'));
  const kit = join(folder, 'k'.repeat(120));
  const bin = join(folder, 'bin');
  for (const dir of [kit, bin]) mkdirSync(dir);
  writeFileSync(join(kit, 'settings'), 'DO_TOKEN=t\nDO_API=http://127.0.0.1:1\nHOST_KEY=key\nRESERVED_IP=127.0.0.1\n');
  const answer = {
    droplet: { id: 1, status: 'active', networks: { v4: [{ type: 'public', ip_address: '127.0.0.1' }] } },
  };
  writeFileSync(join(bin, 'curl'), `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, { mode: 0o755 });
  // It answers, and refuses all that comes after.
  writeFileSync(
    join(bin, 'ssh'),
    `#!/bin/sh\nprintf '%s\\n' "$@" >>"${folder}/asked"\nfor last; do :; done\n[ "$last" = true ]\n`,
    { mode: 0o755 },
  );
  mkdirSync(join(kit, 'host'));
  spawnSync('bash', [join(scripts, 'bare-rebuild.sh'), kit], {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    timeout: 30_000,
  });
  const socket = /^ControlPath=(.*)$/m.exec(readFileSync(join(folder, 'asked'), 'utf8'))?.[1];
  expect(socket).toBeDefined();
  // sun_path holds 108 bytes, of which ssh takes 17 for the name that it renames.
  expect(socket!.length).toBeLessThan(90);
});
