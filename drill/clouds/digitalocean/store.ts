/** A throwaway stack's part of the store: looked through, and removed when its lock has ended. */
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
import { lockedUntil } from '../../../components/store/lock';
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

/** Shuts a bucket to every key but the administrator's and removes it; returns until when it stays where its lock has not ended. */
export async function removeBucket(
  admin: StoreAccess,
  client: S3Client,
  bucket: string,
  now: Date,
): Promise<{ objects: number; until: Date } | undefined> {
  await revokeAll(client, bucket);
  for (const account of await listAccounts(admin))
    if (account.startsWith(`${bucket}-`)) await removeAccount(admin, account);
  const versions = await versionsOf(client, bucket);
  const until = await lockedUntil(client, bucket);
  if (until && until > now) return { objects: versions.filter(({ hidden }) => !hidden).length, until };
  await pMap(
    versions,
    ({ key, id }) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: id })),
    { concurrency: AT_ONCE },
  );
  await client.send(new DeleteBucketCommand({ Bucket: bucket }));
  return undefined;
}
