import execa from 'execa';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  futimesSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { rawObjects, storeFolders, type RawObject } from './layout';

/** One object by its key, or the newest below a prefix (of the whole bucket without either). */
export interface ObjectChoice {
  key?: string;
  prefix?: string;
}

const AGE_BUCKET = join(__dirname, 'age-bucket.py');

/** How much of an object is overwritten. */
const DAMAGE_BYTES = 16;

/** A deleted object's file stays, marked. */
async function isDeleted(path: string): Promise<boolean> {
  const { failed } = await execa('getfattr', ['--absolute-names', '-n', 'user.delete-marker', path], { reject: false });
  return !failed;
}

/**
 * Bit rot, which no retention prevents: overwrites 16 bytes in the middle of the newest object that matches (a `key` names one
 * object, a `prefix` many), in its raw file; size, time and checksum stay as they were. Done twice it changes nothing more.
 * Undefined when nothing matches; empty and deleted objects never do.
 */
export async function corrupt(store: string, bucket: string, which: ObjectChoice): Promise<RawObject | undefined> {
  const found = (bucketExists(store, bucket) ? rawObjects(store, bucket, which.key ?? which.prefix ?? '') : [])
    .filter(({ key, bytes }) => bytes > 0 && (which.key === undefined || key === which.key))
    .sort((a, b) => b.at - a.at || (a.key < b.key ? 1 : -1));
  let newest: RawObject | undefined;
  for (const candidate of found) {
    if (await isDeleted(candidate.path)) continue;
    newest = candidate;
    break;
  }
  if (!newest) return undefined;
  const { atime, mtime } = statSync(newest.path);
  // The same bytes every time, so that a second call does not repair the first.
  const rubbish = createHash('sha256').update(newest.key).digest().subarray(0, Math.min(DAMAGE_BYTES, newest.bytes));
  const file = openSync(newest.path, 'r+');
  try {
    writeSync(file, rubbish, 0, rubbish.length, Math.floor((newest.bytes - rubbish.length) / 2));
    futimesSync(file, atime, mtime);
  } finally {
    closeSync(file);
  }
  return newest;
}

/** Removes all objects below a prefix, with all their versions, from under the server. Returns how many there were. */
export function drop(store: string, bucket: string, prefix: string): number {
  if (!bucketExists(store, bucket)) return 0;
  const { versions } = storeFolders(store);
  const objects = rawObjects(store, bucket, prefix);
  for (const { key, path } of objects) {
    rmSync(path, { force: true });
    removeEmpty(dirname(path), join(storeFolders(store).buckets, bucket));
    // Older versions lie below a hash of the key.
    const hash = createHash('sha256').update(key).digest('hex');
    rmSync(join(versions, bucket, hash.slice(0, 2), hash.slice(2, 4), hash.slice(4, 6), hash), {
      recursive: true,
      force: true,
    });
  }
  return objects.length;
}

/**
 * As if so many days had passed for a bucket: when its versions were written and until when they are locked is set back, in what its kept points say
 * too. A server written in Go asks the kernel for the time, so no library can tell it another one.
 */
export async function age(store: string, bucket: string, days: number): Promise<void> {
  const { buckets, versions } = storeFolders(store);
  await execa('python3', [AGE_BUCKET, join(buckets, bucket), join(versions, bucket), String(days)]);
}

/** A folder without objects would still be listed as a prefix, which no object store does. */
function removeEmpty(folder: string, upTo: string): void {
  for (let dir = folder; dir !== upTo && readdirSync(dir).length === 0; dir = dirname(dir)) rmdirSync(dir);
}

const bucketExists = (store: string, bucket: string) => existsSync(join(storeFolders(store).buckets, bucket));
