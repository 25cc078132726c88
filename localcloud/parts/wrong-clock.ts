import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands';
import type { Paths } from '../paths';
import { ensurePart } from './part';

const source = join(__dirname, '../hosts/wrong-clock.c');

/** Where a host keeps by how much its clock is wrong. */
export const OFFSET_FILE = '/etc/fleetcloud-clock';

/** The library that makes a host's clock wrong, compiled when the first clock is (the C compiler is there for Gitea); returns the file. */
export async function wrongClockLibrary(paths: Paths): Promise<string> {
  const recipe = createHash('sha256').update(readFileSync(source)).update(OFFSET_FILE).digest('hex').slice(0, 10);
  const target = join(paths.tools, `wrong-clock-${recipe}.so`);
  await ensurePart(
    paths,
    {
      title: 'Compiling the library that makes clocks wrong',
      target,
      make: async (work) => {
        const library = join(work, 'wrong-clock.so');
        await run('cc', [
          '-shared',
          '-fPIC',
          '-O2',
          '-Wall',
          '-Wno-nonnull-compare',
          `-DOFFSET_FILE="${OFFSET_FILE}"`,
          '-o',
          library,
          source,
          '-ldl',
        ]);
        return library;
      },
    },
    () => undefined,
  );
  return target;
}
