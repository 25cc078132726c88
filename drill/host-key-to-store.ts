/** The store as the host sees it: with the key that lies on it. */
import { S3Client } from '@aws-sdk/client-s3';
import { bucketOf } from '../components/store/names';
import { ssh } from '../scripts/lib/ssh';
import { need, type Drill } from './context';

/** An S3 client with that key, the host's bucket, and the part of it that the key may write to. */
export async function asTheHost(drill: Drill): Promise<{ client: S3Client; bucket: string; prefix: string }> {
  const cloud = need(drill.cloud, 'the cloud');
  const read = await ssh(need(drill.sshTarget, 'the address'), 'cat /etc/fleet/store.env');
  const values = Object.fromEntries(
    read.stdout
      .split('\n')
      .flatMap((line) => (/^(\w+)=(.*)$/.exec(line) ? [[RegExp.$1, RegExp.$2.replace(/^['"]|['"]$/g, '')]] : [])),
  );
  const client = new S3Client({
    endpoint: cloud.store.endpoint,
    region: cloud.store.region,
    forcePathStyle: true,
    credentials: {
      accessKeyId: values.RCLONE_CONFIG_STORE_ACCESS_KEY_ID,
      secretAccessKey: values.RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY,
    },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    maxAttempts: 1,
  });
  return { client, bucket: bucketOf('fleet', drill.declaration.stack, drill.hostName), prefix: values.FLEET_PREFIX };
}
