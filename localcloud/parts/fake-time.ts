import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands';
import { CloudError } from '../errors';
import type { Paths } from '../paths';
import { ensurePart } from './part';

/** Debian's libfaketime, which gives a program of a host another time. Fetched when the first clock is set wrong; returns the file. */
export async function fakeTimeLibrary(paths: Paths): Promise<string> {
  const target = join(paths.tools, 'libfaketimeMT.so.1');
  await ensurePart(paths, {
    title: 'Fetching libfaketime',
    target,
    make: async (work) => {
      await run('apt-get', ['download', '-qq', 'libfaketime'], { cwd: work, timeoutMs: 2 * 60_000 });
      const archive = readdirSync(work).find((name) => name.endsWith('.deb'));
      if (!archive) throw new CloudError('apt-get brought no libfaketime; run `apt-get update` and try again.');
      const tree = join(work, 'tree');
      mkdirSync(tree);
      await run('dpkg-deb', ['-x', join(work, archive), tree]);
      const library = join(tree, 'usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1');
      if (!existsSync(library)) throw new CloudError('Debian\'s libfaketime holds no libfaketimeMT.so.1.');
      return library;
    },
  }, () => undefined);
  return target;
}
