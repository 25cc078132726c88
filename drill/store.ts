/** The store of a drill's cloud, and what its host has there. */
import type { S3Client } from '@aws-sdk/client-s3';
import { withStore } from '../components/store/client';
import { heartbeatsOf, type Heartbeat } from '../components/store/heartbeats';
import { bucketOf } from '../stacks/model/names';
import { BUCKET_PREFIX } from './clouds/cloud';
import { storeAdminOf, type Stack } from './context';

/** The bucket of the host that dies. */
export const bucketOfHost = ({ declaration, hostName }: Stack): string =>
  bucketOf(BUCKET_PREFIX, declaration, hostName);

/** Does something with the administrator's client. */
export const inStore = <T>(stack: Stack, work: (client: S3Client) => Promise<T>): Promise<T> =>
  withStore(storeAdminOf(stack), work);

/** The newest heartbeat in the store. */
export async function heartbeat(stack: Stack): Promise<Heartbeat | undefined> {
  const [beat] = await inStore(stack, (client) => heartbeatsOf(client, bucketOfHost(stack)));
  return beat;
}
