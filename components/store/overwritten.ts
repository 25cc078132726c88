/**
 * A key that may write may also overwrite, and S3 cannot forbid that. The store keeps every version, so nothing is lost:
 * what a host (or whoever took it over) wrote over, or hid by a delete marker, is put back before anything is restored.
 */
import { CopyObjectCommand, GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import * as pulumi from '@pulumi/pulumi';
import { LOCK_MARKER } from './lock';
import { versionsOf, type Version } from './objects';
import { required } from '../../stacks/model/required';

/** Objects that are meant to change: the heartbeat, what a standby writes down, and the locks of restic. Every other name is written once. */
const CHANGING = /\/heartbeat\.json$|^\/standby\/|\/files\/locks\//;

const RETRIED = /\/database\//;
const AGE_INTRO = 'age-encryption.org/v1';

/** Puts the first version of every changed or hidden object back on top. Returns the keys; none where there is no bucket. */
export async function undoOverwrites(client: S3Client, bucket: string): Promise<string[]> {
  const changed = [...(await histories(client, bucket))].filter(([, history]) => isChanged(history));
  const back: string[] = [];
  for (const [key, history] of changed) {
    if (await isRetry(client, bucket, key, history)) continue;
    await client.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: key,
        CopySource: `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}?versionId=${firstOf(history).id}`,
      }),
    );
    back.push(key);
  }
  return back;
}

/** Puts back what was overwritten or hidden, and says so. */
export async function mend(client: S3Client, bucket: string, host: string): Promise<void> {
  const keys = await undoOverwrites(client, bucket);
  if (keys.length)
    await pulumi.log.warn(
      `preflight: ${keys.length} backup objects of ${host} had been overwritten or hidden; their first versions are back: ${keys.slice(0, 5).join(', ')}`,
    );
}

const firstOf = (history: Version[]): Version =>
  required(history.filter(({ hidden }) => !hidden).at(-1), 'a version with data');

/**
 * litestream sends a piece of the WAL again, longer by what came since, when it did not hear that the first try had arrived.
 * The first version would then lack the end of the piece, and the database everything after it.
 */
async function isRetry(client: S3Client, bucket: string, key: string, history: Version[]): Promise<boolean> {
  const latest = required(
    history.find((version) => version.latest),
    'a latest version',
  );
  if (!RETRIED.test(key) || latest.hidden || latest.size < firstOf(history).size) return false;
  const { Body } = await client.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=0-${AGE_INTRO.length - 1}` }),
  );
  return (await Body?.transformToString('latin1')) === AGE_INTRO;
}

function isChanged(history: Version[]): boolean {
  const latest = history.find((version) => version.latest);
  return (
    history.some(({ hidden }) => !hidden) &&
    latest !== undefined &&
    (latest.hidden || latest.etag !== firstOf(history).etag)
  );
}

/** Versions by key, newest first, of what is written once. */
async function histories(client: S3Client, bucket: string): Promise<Map<string, Version[]>> {
  const found = new Map<string, Version[]>();
  for (const version of await versionsOf(client, bucket)) {
    const { key } = version;
    if (key !== LOCK_MARKER && !CHANGING.test(`/${key}`)) found.set(key, [...(found.get(key) ?? []), version]);
  }
  return found;
}
