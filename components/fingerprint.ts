/** Hash over names and contents of a directory tree. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const fingerprints = new Map<string, string>();

/** A tree is read once in the life of the program. */
export function fingerprint(directory: string): string {
  const known = fingerprints.get(directory);
  if (known) return known;
  const hash = createHash('sha256');
  for (const name of (readdirSync(directory, { recursive: true }) as string[]).sort()) {
    const path = join(directory, name);
    if (statSync(path).isFile()) hash.update(`${name}\0`).update(readFileSync(path, 'utf8'));
  }
  const digest = hash.digest('hex');
  fingerprints.set(directory, digest);
  return digest;
}
