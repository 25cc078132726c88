/** What the cloud's Python index serves, and the stand-in for strfry, which runs on what the index has. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands';
import type { Paths } from '../paths';
import { tarOf, writePin } from './artifact';
import type { Part } from './part';
import { standIn, STRFRY } from './strfry';

const NOSTR_RELAY = '1.14';
const TIMEOUT_MS = 30 * 60_000;
const PIP = ['python3', '-m', 'pip'];
const QUIET = ['--quiet', '--disable-pip-version-check', '--no-input'];

/** The files that a lock names, from the index that this machine's own pip uses, so that the cloud's index can serve them. */
export function pythonFiles(paths: Paths, name: string, lock: string): Part {
  const target = join(
    paths.artifacts,
    `python-${name}-${createHash('sha256').update(readFileSync(lock)).digest('hex').slice(0, 10)}`,
  );
  return {
    title: `Fetching ${name} and what it needs`,
    target,
    make: async (work) => {
      const files = join(work, 'files');
      await run(
        'nice',
        [...PIP, 'download', ...QUIET, '--require-hashes', '--no-deps', '--dest', files, '--requirement', lock],
        { timeoutMs: TIMEOUT_MS },
      );
      return files;
    },
  };
}

/** A source repository in strfry's place, of which its build makes the stand-in. */
export function strfryStandIn(paths: Paths): Part {
  return {
    title: `Fetching nostr-relay ${NOSTR_RELAY}, which stands in for strfry`,
    target: join(paths.artifacts, STRFRY),
    make: async (work) => {
      const tree = join(work, 'tree');
      await run(
        'nice',
        [
          ...PIP,
          'install',
          ...QUIET,
          '--root-user-action=ignore',
          '--no-compile',
          '--only-binary=:all:',
          '--target',
          tree,
          `nostr-relay==${NOSTR_RELAY}`,
        ],
        { timeoutMs: TIMEOUT_MS },
      );
      const checkout = join(work, 'checkout');
      mkdirSync(checkout);
      await tarOf(join(checkout, 'payload.tar.gz'), tree, ['.'], '--gzip');
      for (const [name, content] of Object.entries(standIn(NOSTR_RELAY))) writeFileSync(join(checkout, name), content);
      chmodSync(join(checkout, 'strfry.sh'), 0o755);
      const git = (args: string[]) =>
        run(
          'git',
          [
            '-c',
            'user.name=Embedded cloud',
            '-c',
            'user.email=cloud@localhost',
            '-c',
            'init.defaultBranch=master',
            ...args,
          ],
          { cwd: checkout, env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' } },
        );
      await git(['init', '--quiet']);
      await git(['add', '--all']);
      await git(['commit', '--quiet', '--message', 'A stand-in for strfry']);
      const folder = join(work, STRFRY);
      mkdirSync(folder);
      await git(['clone', '--quiet', '--bare', '.', join(folder, 'repository.git')]);
      // As plain files: packed, with the lists that a clone without git's own server asks for.
      await git(['--git-dir', join(folder, 'repository.git'), 'update-server-info']);
      writePin(folder, (await git(['rev-parse', 'HEAD'])).trim());
      return folder;
    },
  };
}
