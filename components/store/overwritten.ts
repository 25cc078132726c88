/**
 * A key that may write may also overwrite, and S3 cannot forbid that. The store keeps every version, so nothing is lost:
 * what a host (or whoever took it over) wrote over, or hid by a delete marker, is put back before anything is restored.
 */
import {
  CopyObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  type ObjectVersion,
  type S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import * as pulumi from '@pulumi/pulumi';
import { LOCK_MARKER } from './lock';

/** Objects that are meant to change: the heartbeat, what a standby writes down, and the locks of restic. Every other name is written once. */
const CHANGING = /\/heartbeat\.json$|^\/standby\/|\/files\/locks\//;

const RETRIED = /\/database\//;
const AGE_INTRO = 'age-encryption.org/v1';

/** Puts the first version of every changed or hidden object back on top. Returns the keys; none where there is no bucket. */
export async function undoOverwrites(client: S3Client, bucket: string): Promise<string[]> {
  const changed = [...(await versions(client, bucket))].filter(([, history]) => isChanged(history));
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

const firstOf = (history: Version[]): Version => history.filter(({ hidden }) => !hidden).at(-1)!;

/**
 * litestream sends a piece of the WAL again, longer by what came since, when it did not hear that the first try had arrived.
 * The first version would then lack the end of the piece, and the database everything after it.
 */
async function isRetry(client: S3Client, bucket: string, key: string, history: Version[]): Promise<boolean> {
  const latest = history.find((version) => version.latest)!;
  if (!RETRIED.test(key) || latest.hidden || latest.size < firstOf(history).size) return false;
  const { Body } = await client.send(
    new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=0-${AGE_INTRO.length - 1}` }),
  );
  return (await Body?.transformToString('latin1')) === AGE_INTRO;
}

interface Version {
  id: string;
  etag: string | undefined;
  /** Bytes. */
  size: number;
  latest: boolean;
  /** A delete marker. */
  hidden: boolean;
}

function isChanged(history: Version[]): boolean {
  const latest = history.find((version) => version.latest);
  return (
    history.some(({ hidden }) => !hidden) &&
    latest !== undefined &&
    (latest.hidden || latest.etag !== firstOf(history).etag)
  );
}

/** Versions by key, newest first as S3 lists them; their times are too coarse to sort by. */
async function versions(client: S3Client, bucket: string): Promise<Map<string, Version[]>> {
  const found = new Map<string, Version[]>();
  const note = (entry: ObjectVersion, hidden: boolean) => {
    if (entry.Key === LOCK_MARKER || CHANGING.test(`/${entry.Key}`)) return;
    const version = {
      id: entry.VersionId ?? '',
      etag: entry.ETag,
      size: entry.Size ?? 0,
      latest: entry.IsLatest ?? false,
      hidden,
    };
    found.set(entry.Key!, [...(found.get(entry.Key!) ?? []), version]);
  };
  let from: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (from) {
    try {
      const page: import('@aws-sdk/client-s3').ListObjectVersionsCommandOutput = await client.send(
        new ListObjectVersionsCommand({ Bucket: bucket, ...from }),
      );
      for (const entry of page.Versions ?? []) note(entry, false);
      for (const entry of page.DeleteMarkers ?? []) note(entry, true);
      from = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
        : undefined;
    } catch (error) {
      if ((error as S3ServiceException).name === 'NoSuchBucket') return found;
      throw error;
    }
  }
  return found;
}
