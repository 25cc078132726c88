/** Whether the store goes by a key that was made just now: one that keeps accounts in a cache goes by the old secret for as long as that lasts. */
import { setTimeout as pause } from 'node:timers/promises';
import { ListObjectsV2Command, type S3Client, type S3ServiceException } from '@aws-sdk/client-s3';
import { storeClient } from './client';
import type { StoreAccount } from './names';

/** Longer than the 120 seconds for which versitygw keeps accounts unless it is told otherwise. */
const MAX_SECONDS = 150;
const BETWEEN_MS = 500;

/** Waits until the store takes the secret of an account; returns for how many seconds it did not. What the account may do is another question. */
export async function untilAccepted(
  store: { endpoint: string; region: string },
  { accessKey, secretKey, bucket }: StoreAccount,
  most = MAX_SECONDS,
): Promise<number> {
  const client = storeClient({ ...store, accessKey, secretKey });
  const begun = Date.now();
  const seconds = () => (Date.now() - begun) / 1000;
  try {
    while (!(await accepts(client, bucket))) {
      if (seconds() > most) {
        throw new Error(
          `it still refuses the key ${accessKey} ${Math.round(seconds())} s after it was made; if versitygw keeps accounts in a cache, run it with --iam-cache-disable as ops/store does`,
        );
      }
      await pause(BETWEEN_MS);
    }
    return seconds();
  } finally {
    client.destroy();
  }
}

/** How a wait is told; nothing where there was none. */
export const acceptedAfter = (seconds: number): string =>
  seconds < 2
    ? ''
    : ` (the store went by older accounts for ${Math.round(seconds)} s; --iam-cache-disable spares that)`;

async function accepts(client: S3Client, bucket: string): Promise<boolean> {
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }));
    return true;
  } catch (error) {
    const { name, $metadata } = error as S3ServiceException;
    if ($metadata?.httpStatusCode === undefined) throw error;
    return !['SignatureDoesNotMatch', 'InvalidAccessKeyId'].includes(name);
  }
}
