/** A throwaway stack's part of the store: looked through, and removed once nothing of it is locked. */
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { listAccounts, removeAccount } from '../../../components/store/accounts';
import { revokeAll } from '../../../components/store/admin';
import type { StoreAccess } from '../../../components/store/client';
import { lockedUntil, type VersionId } from '../../../components/store/lock';
import { versionsOf } from '../../../components/store/objects';

const AT_ONCE = 8;

export const bucketNames = async (client: S3Client): Promise<string[]> =>
  ((await client.send(new ListBucketsCommand({}))).Buckets ?? []).flatMap(({ Name }) => (Name ? [Name] : []));

/** Objects of a bucket whose name or bytes hold a text. */
export async function objectsHolding(client: S3Client, bucket: string, text: string): Promise<string[]> {
  const versions = (await versionsOf(client, bucket)).filter(({ hidden }) => !hidden);
  const held = await pMap(
    versions,
    async ({ key, id }) => {
      if (key.includes(text)) return true;
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: id }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []).includes(text);
    },
    { concurrency: AT_ONCE },
  );
  return versions.filter((_version, index) => held[index]).map(({ key }) => `${bucket}/${key}`);
}

/** Shuts a bucket to every key but the administrator's and removes it; returns what of it is locked, and until when, where anything is. */
export async function removeBucket(
  admin: StoreAccess,
  client: S3Client,
  bucket: string,
): Promise<{ objects: number; until: Date } | undefined> {
  await revokeAll(client, bucket);
  for (const account of await listAccounts(admin))
    if (account.startsWith(`${bucket}-`)) await removeAccount(admin, account);
  const locked = await pMap(
    await versionsOf(client, bucket),
    ({ key, id }) => removeVersion(client, bucket, { key, versionId: id }),
    { concurrency: AT_ONCE },
  );
  const until = locked.filter((one) => one !== undefined).sort((a, b) => b.getTime() - a.getTime());
  if (until[0]) return { objects: until.length, until: until[0] };
  await client.send(new DeleteBucketCommand({ Bucket: bucket }));
  return undefined;
}

/** Removes a version, or tells until when it is locked. */
async function removeVersion(client: S3Client, bucket: string, version: VersionId): Promise<Date | undefined> {
  try {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: version.key, VersionId: version.versionId }));
    return undefined;
  } catch (error) {
    const until = await lockedUntil(client, bucket, version).catch(() => undefined);
    if (!until) throw error;
    return until;
  }
}
