/** The store of this stack: what any store must hold, and the locks of the buckets that are there. */
import { storeClient } from '../../components/store/client';
import { lockedUntil } from '../../components/store/lock';
import { bucketOf, evidenceBucketOf } from '../../stacks/model/names';
import { NAMESPACE } from '../../stacks/model/settings';
import { judgeLock } from '../status/judge';
import { fails, holds, tried, type Found } from './finding';
import type { Look } from './look';
import { storeFindings } from './store';

export async function backups({ declaration, store, value }: Look): Promise<Found[]> {
  const [accessKey, secretKey] = ['storeAccessKey', 'storeSecretKey'].map((key) => value(`${NAMESPACE}:${key}`));
  // What is missing is told by the settings.
  if (!store || typeof accessKey !== 'string' || typeof secretKey !== 'string') return [];
  const admin = { endpoint: store.endpoint, region: store.region, accessKey, secretKey };
  const found = await storeFindings(admin, store.bucketPrefix);
  if (found[0]?.todo) return found;
  const client = storeClient(admin);
  const buckets = [
    ...declaration.hosts.map(({ name }) => bucketOf(store.bucketPrefix, declaration, name)),
    evidenceBucketOf(store.bucketPrefix, declaration),
  ];
  try {
    const locks = await Promise.all(
      buckets.map(async (bucket) => ({ bucket, until: await lockedUntil(client, bucket) })),
    );
    return [
      ...found,
      ...locks.flatMap(({ bucket, until }) =>
        until === undefined ? [] : [lockLine(bucket, until, declaration.backup.keep.hourlyDays)],
      ),
    ];
  } catch (error) {
    return [...found, await tried('lock', 'see to the store first', () => Promise.reject(error))];
  } finally {
    client.destroy();
  }
}

function lockLine(bucket: string, until: Date | null, retentionDays: number): Found {
  const { reason } = judgeLock(bucket, until, retentionDays, Date.now());
  const [detail, todo = ''] = reason?.split('; ') ?? [];
  return detail
    ? fails(`lock of ${bucket}`, detail, todo)
    : holds(`lock of ${bucket}`, `nothing can be deleted until ${until?.toISOString()}`);
}
