/** The store as the host sees it: with the key that lies on it. */
import type { S3Client } from '@aws-sdk/client-s3';
import { storeClient } from '../components/store/client';
import { bucketOf } from '../components/store/names';
import { ssh } from '../components/ssh';
import { need, type Drill } from './context';

/** An S3 client with that key, the host's bucket, and the part of it that the key may write to. */
export async function asTheHost(drill: Drill): Promise<{ client: S3Client; bucket: string; prefix: string }> {
  const read = await ssh(need(drill.sshTarget, 'the address'), 'cat /etc/fleet/store.env');
  const values = Object.fromEntries(
    read.stdout
      .split('\n')
      .flatMap((line) => (/^(\w+)=(.*)$/.exec(line) ? [[RegExp.$1, RegExp.$2.replace(/^['"]|['"]$/g, '')]] : [])),
  );
  const client = storeClient({
    ...need(drill.cloud, 'the cloud').store,
    accessKey: values.RCLONE_CONFIG_STORE_ACCESS_KEY_ID,
    secretKey: values.RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY,
  });
  return { client, bucket: bucketOf('fleet', drill.declaration.stack, drill.hostName), prefix: values.FLEET_PREFIX };
}
