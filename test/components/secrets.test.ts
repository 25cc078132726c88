/** Secrets that do not fit what they are for are told before anything is made. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkHostKey } from '../../components/preflight/host-key';
import { opensWith } from '../../components/store/restic-key';
import { sshKey } from '../../scripts/init/generate';

test('a host key whose halves do not belong together is refused by name', () => {
  const [one, other] = [sshKey('one'), sshKey('other')];
  expect(checkHostKey('alpha', one.secret, one.publicHalf ?? '')).toEqual([]);
  for (const pinned of [other.publicHalf ?? '', 'ssh-ed25519 nonsense', '']) {
    expect(checkHostKey('alpha', one.secret, pinned)[0]).toMatch(
      /^the host key is not the pinned one: fleet:hostPublicKey-alpha is not the public half of fleet:hostKey-alpha/,
    );
  }
});

test('only the right password opens a repository of the real restic', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'fleet-restic-'));
  const made = spawnSync('restic', ['-q', 'init', '-r', dir, '--no-cache'], {
    env: { PATH: process.env.PATH, RESTIC_PASSWORD: 'right' },
    encoding: 'utf8',
  });
  expect(made.status).toBe(0);
  const keys = readdirSync(join(dir, 'keys')).map((name) => readFileSync(join(dir, 'keys', name)));
  expect(await opensWith('right', keys)).toBe(true);
  expect(await opensWith('wrong', keys)).toBe(false);
  expect(await opensWith('right', [Buffer.from('no key file')])).toBe(false);
  expect(await opensWith('right', [])).toBe(false);
});
