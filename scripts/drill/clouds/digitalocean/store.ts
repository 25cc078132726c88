/** A throwaway stack's part of the store: looked through, and removed as far as its retention allows. */
import {
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { listAccounts, removeAccount } from '../../../../components/store/accounts';
import { revokeAll, type StoreAdmin } from '../../../../components/store/admin';
import { mapLimit } from '../../../lib/concurrency';

const AT_ONCE = 8;
const DAY_MS = 86_400_000;

interface Version {
  key: string;
  id: string;
  at: Date;
  /** A delete marker holds no data and is under no retention. */
  marker: boolean;
}

export const bucketNames = async (client: S3Client): Promise<string[]> => ((await client.send(new ListBucketsCommand({}))).Buckets ?? []).flatMap(({ Name }) => (Name ? [Name] : []));

/** Every version of every object. */
async function versionsOf(client: S3Client, bucket: string): Promise<Version[]> {
  const versions: Version[] = [];
  let after: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, ...after }));
    for (const [entries, marker] of [[page.Versions, false], [page.DeleteMarkers, true]] as const) {
      for (const { Key, VersionId, LastModified } of entries ?? []) versions.push({ key: Key!, id: VersionId!, at: LastModified ?? new Date(), marker });
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

/** Shuts a bucket to every key but the administrator's and removes what may go; returns until when the rest stays, if any does. */
export async function removeBucket(admin: StoreAdmin, client: S3Client, bucket: string, now: Date): Promise<{ objects: number; until: Date } | undefined> {
  await revokeAll(client, bucket);
  for (const account of await listAccounts(admin)) if (account.startsWith(`${bucket}-`)) await removeAccount(admin, account);
  const { ObjectLockConfiguration } = await client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }));
  const days = ObjectLockConfiguration?.Rule?.DefaultRetention?.Days ?? 0;
  const until = ({ at, marker }: Version) => (marker ? 0 : at.getTime() + days * DAY_MS);
  const versions = await versionsOf(client, bucket);
  const kept = versions.filter((version) => until(version) > now.getTime());
  await mapLimit(
    versions.filter((version) => !kept.includes(version)),
    AT_ONCE,
    ({ key, id }) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, VersionId: id })),
  );
  if (kept.length) return { objects: kept.length, until: new Date(Math.max(...kept.map(until))) };
  await client.send(new DeleteBucketCommand({ Bucket: bucket }));
  return undefined;
}
