/** A throwaway stack's part of the store: looked through, and removed when its lock has ended. */
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { listAccounts, removeAccount } from '../../../components/store/accounts';
import { revokeAll, type StoreAdmin } from '../../../components/store/admin';
import { lockedUntil } from '../../../components/store/lock';
import { mapLimit } from '../../../scripts/lib/concurrency';

const AT_ONCE = 8;

interface Version {
  key: string;
  id: string;
  /** A delete marker holds no data. */
  marker: boolean;
}

export const bucketNames = async (client: S3Client): Promise<string[]> =>
  ((await client.send(new ListBucketsCommand({}))).Buckets ?? []).flatMap(({ Name }) => (Name ? [Name] : []));

/** Every version of every object. */
async function versionsOf(client: S3Client, bucket: string): Promise<Version[]> {
  const versions: Version[] = [];
  let after: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, ...after }));
    for (const [entries, marker] of [
      [page.Versions, false],
      [page.DeleteMarkers, true],
    ] as const) {
      for (const { Key, VersionId } of entries ?? []) versions.push({ key: Key!, id: VersionId!, marker });
    }
    if (!page.IsTruncated) return versions;
    after = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
  }
}

/** Objects of a bucket whose name or bytes hold a text. */
export async function objectsHolding(client: S3Client, bucket: string, text: string): Promise<string[]> {
  const versions = (await versionsOf(client, bucket)).filter(({ marker }) => !marker);
  const held = await mapLimit(versions, AT_ONCE, async ({ key, id }) => {
    if (key.includes(text)) return true;
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: id }));
    return Buffer.from(await Body!.transformToByteArray()).includes(text);
  });
  return versions.filter((_version, index) => held[index]).map(({ key }) => `${bucket}/${key}`);
}

/** Shuts a bucket to every key but the administrator's and removes it; returns until when it stays where its lock has not ended. */
export async function removeBucket(
  admin: StoreAdmin,
  client: S3Client,
  bucket: string,
  now: Date,
): Promise<{ objects: number; until: Date } | undefined> {
  await revokeAll(client, bucket);
  for (const account of await listAccounts(admin))
    if (account.startsWith(`${bucket}-`)) await removeAccount(admin, account);
  const versions = await versionsOf(client, bucket);
  const until = await lockedUntil(client, bucket);
  if (until && until > now) return { objects: versions.filter(({ marker }) => !marker).length, until };
  await mapLimit(versions, AT_ONCE, ({ key, id }) =>
    client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: id })),
  );
  await client.send(new DeleteBucketCommand({ Bucket: bucket }));
  return undefined;
}
