/** The store as the host sees it: with the key that lies on it. */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { storeClient } from '../components/store/client';
import { messageOf } from '../scripts/lib/errors';
import { ssh } from '../components/ssh';
import type { Stack } from './context';
import { bucketOfHost } from './store';
import { required } from '../stacks/model/required';

export interface AsHost {
  client: S3Client;
  bucket: string;
  /** The part of it that the key may write to. */
  prefix: string;
}

/** Does some work with an S3 client of that key, which outlives the host. */
export async function withHostKey<T>(drill: Stack, work: (asHost: AsHost) => Promise<T>): Promise<T> {
  const { cloud } = drill;
  const read = await ssh(drill.sshTarget, 'cat /etc/fleet/store.env');
  const value = (name: string) =>
    required(new RegExp(`^${name}=['"]?(.*?)['"]?$`, 'm').exec(read.stdout)?.[1], `${name} on ${drill.hostName}`);
  const client = storeClient({
    ...cloud.store,
    accessKey: value('RCLONE_CONFIG_STORE_ACCESS_KEY_ID'),
    secretKey: value('RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY'),
  });
  try {
    return await work({ client, bucket: bucketOfHost(drill), prefix: value('FLEET_PREFIX') });
  } finally {
    client.destroy();
  }
}

/** Checks that the key writes no more. */
export async function keyRefused({ record }: Stack, { client, bucket, prefix }: AsHost, name: string): Promise<void> {
  const denied = await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/late`, Body: 'late' })).then(
    () => 'it could write',
    (error) => messageOf(error.name ?? error),
  );
  record.check(name, /AccessDenied|Forbidden|InvalidAccessKeyId/.test(denied), denied);
}
