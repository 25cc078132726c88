/**
 * Locks of single versions. Until its moment the store removes a locked version for nobody, the administrator included; it can still be hidden or
 * written over, which changes nothing of it. What has no lock, or one that ran out, can be removed by whoever may remove versions. A legal hold would
 * not outlast it: versitygw 1.8.0 asks for one only of what has no lock that ran out (auth/object_lock.go, checkObject).
 */
import {
  GetObjectRetentionCommand,
  PutObjectRetentionCommand,
  type S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import pMap from 'p-map';

/** A version by its key and id. */
export interface VersionId {
  key: string;
  versionId: string;
}

const AT_ONCE = 16;

/** Locks versions until a moment (RFC 3339). What is locked for longer stays so. */
export async function lockVersions(
  client: S3Client,
  bucket: string,
  versions: VersionId[],
  until: string,
): Promise<void> {
  await pMap(versions, (version) => lockVersion(client, bucket, version, until), { concurrency: AT_ONCE });
}

async function lockVersion(client: S3Client, bucket: string, version: VersionId, until: string): Promise<void> {
  try {
    await client.send(
      new PutObjectRetentionCommand({
        Bucket: bucket,
        Key: version.key,
        VersionId: version.versionId,
        Retention: { Mode: 'COMPLIANCE', RetainUntilDate: new Date(until) },
      }),
    );
  } catch (error) {
    // The store shortens no lock.
    const locked = await lockedUntil(client, bucket, version);
    if (!locked || locked < new Date(until)) throw error;
  }
}

/** Until when a version is locked; undefined where it never was. */
export async function lockedUntil(
  client: S3Client,
  bucket: string,
  { key, versionId }: VersionId,
): Promise<Date | undefined> {
  try {
    const { Retention } = await client.send(
      new GetObjectRetentionCommand({ Bucket: bucket, Key: key, VersionId: versionId }),
    );
    return Retention?.RetainUntilDate;
  } catch (error) {
    if ((error as S3ServiceException).name === 'NoSuchObjectLockConfiguration') return undefined;
    throw error;
  }
}
