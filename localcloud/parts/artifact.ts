import { createHash } from 'node:crypto';
import { createReadStream, writeFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { join } from 'node:path';
import { run } from '../commands';

/** Binaries as hosts fetch them: a tar that is unpacked over /usr/local, and its SHA-256 beside it. */
export const artifactName = (name: string, version: string) => `${name}-${version}`;

/**
 * Packs a tree laid out from /usr/local into `NAME-VERSION/NAME-VERSION.tar` with `.tar.sha256`, and returns that folder:
 * one rename then makes both files appear together.
 */
export async function packArtifact(work: string, tree: string, name: string, version: string): Promise<string> {
  const label = artifactName(name, version);
  const folder = join(work, label);
  await run('mkdir', ['-p', folder]);
  const tar = join(folder, `${label}.tar`);
  await run('tar', ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0', '-cf', tar, '-C', tree, '.']);
  writeFileSync(`${tar}.sha256`, `${await sha256(tar)}  ${label}.tar\n`);
  return folder;
}

/** SHA-256 of a file, in hex. */
export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
