/** How much data the hosts of a drill hold. */
import { withStore } from '../components/store/client';
import { bytesOf, heartbeatsOf } from '../components/store/heartbeats';
import { bucketOf } from '../stacks/model/names';
import { BUCKET_PREFIX } from './clouds/cloud';
import { storeAdminOf, type Stack } from './context';

/** Bytes, summed over the newest heartbeats of all hosts; undefined as soon as one of them does not tell. */
export const dataOf = (drill: Stack): Promise<number | undefined> =>
  withStore(storeAdminOf(drill), async (client) => {
    let sum = 0;
    for (const host of drill.declaration.hosts) {
      const bytes = bytesOf(await heartbeatsOf(client, bucketOf(BUCKET_PREFIX, drill.declaration, host.name)));
      if (bytes === undefined) return undefined;
      sum += bytes;
    }
    return sum;
  });
