/** Reads of the store's objects: all pages of a listing, and nothing instead of an error where there is no object or bucket. */
import {
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectVersionsCommandOutput,
  ListObjectVersionsCommand,
  type ObjectVersion,
  paginateListObjectsV2,
  type ListObjectsV2CommandOutput,
  type S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import type { Version } from './driver';
import { versitygw } from './versitygw';

/** The answer, or nothing where the object or its bucket does not exist. */
export async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (['NoSuchKey', 'NoSuchBucket', 'NotFound'].includes((error as S3ServiceException).name)) return undefined;
    throw error;
  }
}

/** Whether there is such a bucket. */
export const isThere = async (client: S3Client, Bucket: string): Promise<boolean> =>
  (await orNothing(client.send(new HeadBucketCommand({ Bucket })))) !== undefined;

const get = (client: S3Client, Bucket: string, Key: string, VersionId?: string) =>
  orNothing(client.send(new GetObjectCommand({ Bucket, Key, VersionId })));

/** An object's bytes; the newest version's unless another one is named. */
export const bytes = async (
  client: S3Client,
  bucket: string,
  key: string,
  versionId?: string,
): Promise<Uint8Array | undefined> => (await get(client, bucket, key, versionId))?.Body?.transformToByteArray();

/** A JSON object, its tag and when the store took it, in milliseconds since the epoch; no content where it is no JSON. */
export async function json(
  client: S3Client,
  bucket: string,
  key: string,
  versionId?: string,
): Promise<{ at: number; etag: string; content: unknown } | undefined> {
  const object = await get(client, bucket, key, versionId);
  return (
    object && {
      at: versitygw.writtenAt(object),
      etag: object.ETag ?? '',
      content: parsed((await object.Body?.transformToString()) ?? ''),
    }
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** How old an object is, in milliseconds, by the clock of the store alone; undefined where there is none. */
export async function ageOf(client: S3Client, Bucket: string, Key: string): Promise<number | undefined> {
  let answeredAt: string | undefined;
  const command = new HeadObjectCommand({ Bucket, Key });
  command.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      answeredAt = (answer.response as { headers?: Record<string, string> }).headers?.date;
      return answer;
    },
    { step: 'deserialize' },
  );
  const head = await orNothing(client.send(command));
  return head && (answeredAt ? Date.parse(answeredAt) : Date.now()) - versitygw.writtenAt(head);
}

/** The version of a key that is visible now, and when it was written; undefined where there is none. */
export async function currentOf(
  client: S3Client,
  Bucket: string,
  Key: string,
): Promise<{ id: string; etag: string; at: number } | undefined> {
  const head = await orNothing(client.send(new HeadObjectCommand({ Bucket, Key })));
  return head && { id: head.VersionId ?? '', etag: head.ETag ?? '', at: versitygw.writtenAt(head) };
}

async function pages(client: S3Client, Bucket: string, Prefix: string, Delimiter?: string) {
  const all: ListObjectsV2CommandOutput[] = [];
  const read = async () => {
    for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix, Delimiter })) all.push(page);
  };
  await orNothing(read());
  return all;
}

/** The newest version of what is visible below a prefix, in the order of its keys. Such a listing tells no ids, and times to the second. */
export async function visibleBelow(client: S3Client, bucket: string, prefix: string): Promise<Version[]> {
  const visible = (await pages(client, bucket, prefix)).flatMap(({ Contents }) => Contents ?? []);
  return visible.map(({ Key: key = '', ETag: etag, Size: size = 0, LastModified }) => {
    return { key, id: '', etag, size, at: versitygw.writtenAt({ LastModified }), hidden: false };
  });
}

/** Whether anything is visible below a prefix. */
export const isShown = async (client: S3Client, Bucket: string, Prefix: string): Promise<boolean> =>
  Boolean((await orNothing(client.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }))))?.Contents?.length);

/** Keys of what is visible below a prefix, in their order. */
export const keysBelow = async (client: S3Client, bucket: string, prefix: string): Promise<string[]> =>
  (await visibleBelow(client, bucket, prefix)).map(({ key }) => key);

/** Names of the folders right below a prefix. */
export async function folders(client: S3Client, bucket: string, prefix = ''): Promise<string[]> {
  const found = (await pages(client, bucket, prefix, '/')).flatMap(({ CommonPrefixes }) => CommonPrefixes ?? []);
  return found.map(({ Prefix = '' }) => Prefix.slice(prefix.length, -1));
}

async function versionPages(client: S3Client, Bucket: string, Prefix?: string, Delimiter?: string) {
  const all: ListObjectVersionsCommandOutput[] = [];
  let from: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (from) {
    const page: ListObjectVersionsCommandOutput | undefined = await orNothing(
      client.send(new ListObjectVersionsCommand({ Bucket, Prefix, Delimiter, ...from })),
    );
    if (page) all.push(page);
    from = page?.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined;
  }
  return all;
}

function noted(version: ObjectVersion, hidden: boolean): Version {
  const { Key: key = '', VersionId: id = '', ETag: etag, Size: size = 0 } = version;
  return { key, id, etag, size, at: versitygw.writtenAt(version), hidden };
}

/** Where a page ends between the versions of a key, versitygw begins the next one with what it told last. */
function versionsIn(pages: ListObjectVersionsCommandOutput[]): Version[] {
  const told = new Map<string, Version>();
  for (const { Versions = [], DeleteMarkers = [] } of pages) {
    for (const entry of Versions) told.set(`${entry.VersionId} ${entry.Key}`, noted(entry, false));
    for (const entry of DeleteMarkers) told.set(`${entry.VersionId} ${entry.Key}`, noted(entry, true));
  }
  return [...told.values()];
}

/** Every version of every object below a prefix. */
export const versionsOf = async (client: S3Client, bucket: string, prefix?: string): Promise<Version[]> =>
  versionsIn(await versionPages(client, bucket, prefix));

/** What lies right below a prefix: versions of objects, and names of folders in which anything was ever written, hidden or not. */
export async function levelOf(
  client: S3Client,
  bucket: string,
  prefix: string,
): Promise<{ versions: Version[]; folders: string[] }> {
  const pages = await versionPages(client, bucket, prefix, '/');
  const found = pages.flatMap(({ CommonPrefixes }) => CommonPrefixes ?? []);
  return {
    versions: versionsIn(pages),
    folders: found.map(({ Prefix = '' }) => Prefix.slice(prefix.length, -1)),
  };
}

/** Names of the folders right below a prefix in which anything was ever written, hidden or not. */
export const foldersEver = async (client: S3Client, bucket: string, prefix = ''): Promise<string[]> =>
  (await levelOf(client, bucket, prefix)).folders;

/** Versions that tell when a folder was begun: of its first key, what hides it comes first. */
const FIRST_VERSIONS = 10;

/** When something was first written below a prefix, as the first keys there tell it, in milliseconds since the epoch; Infinity where there is nothing. */
export async function firstWritten(client: S3Client, Bucket: string, Prefix: string): Promise<number> {
  const page = await orNothing(client.send(new ListObjectVersionsCommand({ Bucket, Prefix, MaxKeys: FIRST_VERSIONS })));
  return Math.min(Infinity, ...(page?.Versions ?? []).map((one) => versitygw.writtenAt(one)));
}
