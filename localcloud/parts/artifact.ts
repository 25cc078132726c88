import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { basename, join } from 'node:path';
import { run } from '../commands';

/** Folder of the cache that holds a release as its makers publish it: the file that hosts download, and its checksums beside it. */
export const artifactName = (name: string, version: string) => `${name}-${version}`;

/** What the file that hosts download is pinned to: built here, it is not its makers' to the last byte. */
const PIN = '.pin';

/** Name and content of the file with the checksums, from the name and hash of what they are of. */
export type Sums = (file: string, sha256: string) => { name: string; content: string };

/** Lays a file out as a release, with its checksums, and returns the folder: one rename then makes all of it appear together. */
export async function release(work: string, label: string, file: string, sums?: Sums): Promise<string> {
  const folder = join(work, label);
  mkdirSync(folder, { recursive: true });
  const target = join(folder, basename(file));
  renameSync(file, target);
  const hash = await hashOf(target, 'sha256');
  writeFileSync(join(folder, PIN), hash);
  const published = sums?.(basename(file), hash);
  if (published) writeFileSync(join(folder, published.name), published.content);
  return folder;
}

/** The pin of a release, or of a source repository, in the cache. */
export const pinned = (artifacts: string, label: string): string => readFileSync(join(artifacts, label, PIN), 'utf8');

export const writePin = (folder: string, pin: string): void => writeFileSync(join(folder, PIN), pin);

/** One checksum file for one file, as Gitea has it: `<hash>  <name>`. */
export const ownSums: Sums = (file, hash) => ({ name: `${file}.sha256`, content: `${hash}  ${file}\n` });

/** Packs members of a folder, as archives of releases are packed. */
export async function tarOf(
  archive: string,
  folder: string,
  members: string[],
  how: '--gzip' | '--zstd',
): Promise<string> {
  await run(
    'tar',
    [
      '--sort=name',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '--mtime=@0',
      how,
      '-cf',
      archive,
      '-C',
      folder,
      ...members,
    ],
    { timeoutMs: 10 * 60_000 },
  );
  return archive;
}

/** Hash of a file, in hex. */
export async function hashOf(file: string, algorithm: 'sha256' | 'sha512'): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
