/** How much data the hosts of a drill hold. */
import { bucketOf } from '../components/store/names';
import { bytesOf, Store } from '../scripts/lib/store';
import { BUCKET_PREFIX } from './clouds/cloud';
import { storeAdminOf, type Drill } from './context';

/** Bytes, summed over the newest heartbeats of all hosts; undefined as soon as one of them does not tell. */
export async function dataOf(drill: Drill): Promise<number | undefined> {
  const store = new Store(storeAdminOf(drill));
  try {
    let sum = 0;
    for (const host of drill.declaration.hosts) {
      const bytes = bytesOf(await store.heartbeats(bucketOf(BUCKET_PREFIX, drill.declaration.stack, host.name)));
      if (bytes === undefined) return undefined;
      sum += bytes;
    }
    return sum;
  } finally {
    store.close();
  }
}
