/**
 * The lock of a bucket: while it lasts, the store removes no version, whoever asks.
 *
 * versitygw stamps no default retention on objects. It locks the whole bucket for the configured days, counted from the moment at which the
 * configuration was written, and does not tell that moment; so it is kept as the time of an object that only the administrator may write.
 * An object's own retention goes before the lock of its bucket, also when it has run out.
 */
import {
  GetObjectLockConfigurationCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  type S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';

/** The object that is written whenever the lock is, in the root of the bucket, where no host may write. */
export const LOCK_MARKER = 'locked.json';

const DAY_MS = 86_400_000;

/** Locks the bucket for so many days from now on. A lock that lasts longer is not kept: the newest configuration counts. */
export async function lockBucket(client: S3Client, bucket: string, days: number): Promise<void> {
  await client.send(
    new PutObjectLockConfigurationCommand({
      Bucket: bucket,
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: days } },
      },
    }),
  );
  await client.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: LOCK_MARKER,
      Body: `${JSON.stringify({ days })}\n`,
      ContentType: 'application/json',
    }),
  );
}

/** Until when a bucket is locked: null where nothing says that it is, undefined where there is no bucket. */
export async function lockedUntil(client: S3Client, bucket: string): Promise<Date | null | undefined> {
  try {
    const { ObjectLockConfiguration } = await client.send(new GetObjectLockConfigurationCommand({ Bucket: bucket }));
    const { Mode, Days } = ObjectLockConfiguration?.Rule?.DefaultRetention ?? {};
    if (ObjectLockConfiguration?.ObjectLockEnabled !== 'Enabled' || Mode !== 'COMPLIANCE' || Days === undefined)
      return null;
    const { LastModified } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: LOCK_MARKER }));
    return LastModified ? new Date(LastModified.getTime() + Days * DAY_MS) : null;
  } catch (error) {
    const { name } = error as S3ServiceException;
    if (name === 'NoSuchBucket') return undefined;
    if (['ObjectLockConfigurationNotFoundError', 'NotFound', 'NoSuchKey'].includes(name)) return null;
    throw error;
  }
}
