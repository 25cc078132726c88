import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of the store: objects lie under their keys in `buckets`, their older versions below the same bucket in `versions`. */
export const storeFolders = (store: string) => ({
  accounts: join(store, 'accounts'),
  buckets: join(store, 'buckets'),
  versions: join(store, 'versions'),
});

export interface RawObject {
  key: string;
  path: string;
  bytes: number;
  /** When it was written, in milliseconds. */
  at: number;
}

/** The newest versions of a bucket's objects whose key starts with a prefix, as they lie on the disk. */
export function rawObjects(store: string, bucket: string, prefix: string): RawObject[] {
  const root = join(storeFolders(store).buckets, bucket);
  const below = (folder: string): RawObject[] =>
    readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
      // What the server keeps for itself in a bucket.
      if (key.startsWith('.sgwtmp')) return [];
      if (entry.isDirectory()) return key.startsWith(prefix) || prefix.startsWith(`${key}/`) ? below(key) : [];
      const found = key.startsWith(prefix) ? statSync(join(root, key), { throwIfNoEntry: false }) : undefined;
      return found ? [{ key, path: join(root, key), bytes: found.size, at: found.mtimeMs }] : [];
    });
  return below('');
}
