/** Which saved stack fits: a hash over everything that shapes a freshly made and seeded one. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../scripts/lib/project';

/** What makes the stack and fills it, relative to the project. */
const SHAPING = [
  'index.ts',
  'Pulumi.yaml',
  'tsconfig.program.json',
  'Pulumi.drill.yaml',
  'package-lock.json',
  'components',
  'services',
  'stacks',
  'engine',
  'localcloud',
  'host',
  'scripts/init',
  'drill/seed',
  'drill/saved',
  'drill/phases/create.ts',
  'drill/phases/seed.ts',
];
/** What only runs later: nothing of it is in a stack that has just been made. */
const LATER = [
  'components/preflight',
  'components/reality',
  'components/machines/digitalocean/account.ts',
  'components/machines/digitalocean/existing.ts',
  'components/network/existing-record.ts',
  'components/store/intact.ts',
  'components/store/points.ts',
  'components/store/restic-key.ts',
  'components/store/restore-points.ts',
  'components/store/overwritten.ts',
];

export interface SavedAs {
  size: string;
  /** The engine's label, version included: each writes its own state. */
  engine: string;
}

/** Sixteen hexadecimal digits; another project folder, or one other byte, gives another key. */
export function savedKey(as: SavedAs, root = projectDir): string {
  const hash = createHash('sha256').update(JSON.stringify([as.size, as.engine]));
  for (const file of SHAPING.flatMap((path) => filesBelow(root, path)).sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}

function filesBelow(root: string, path: string): string[] {
  const known = statSync(join(root, path), { throwIfNoEntry: false });
  if (!known || LATER.includes(path) || path.endsWith('/node_modules')) return [];
  if (!known.isDirectory()) return [path];
  return readdirSync(join(root, path)).flatMap((name) => filesBelow(root, `${path}/${name}`));
}
