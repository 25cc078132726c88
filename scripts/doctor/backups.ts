/** The store of this stack: what any store must hold, and what proofs keep of each host. */
import { storeClient } from '../../components/store/client';
import { isThere } from '../../components/store/objects';
import { listPoints } from '../../components/store/points';
import { bucketOf } from '../../stacks/model/names';
import { NAMESPACE } from '../../stacks/model/settings';
import { isStore } from '../../stacks/model/sites';
import { judgePoint } from '../status/judge';
import { fails, holds, tried, type Found } from './finding';
import type { Look } from './look';
import { storeFindings } from './store';

export async function backups({ declaration, store, value }: Look): Promise<Found[]> {
  // fleet status looks at its sites.
  if (isStore(declaration)) return [holds('store', 'this stack is one, and has no other')];
  const [accessKey, secretKey] = ['storeAccessKey', 'storeSecretKey'].map((key) => value(`${NAMESPACE}:${key}`));
  // What is missing is told by the settings.
  if (!store || typeof accessKey !== 'string' || typeof secretKey !== 'string') return [];
  const admin = { endpoint: store.endpoint, region: store.region, accessKey, secretKey };
  const found = await storeFindings(admin, store.bucketPrefix);
  if (found[0]?.todo || !declaration.proof) return found;
  const client = storeClient(admin);
  try {
    const points = await Promise.all(
      declaration.hosts.map(async ({ name }) => {
        const bucket = bucketOf(store.bucketPrefix, declaration, name);
        return (await isThere(client, bucket)) ? [pointLine(name, (await listPoints(client, bucket)).at(-1))] : [];
      }),
    );
    return [...found, ...points.flat()];
  } catch (error) {
    return [...found, await tried('kept points', 'see to the store first', () => Promise.reject(error))];
  } finally {
    client.destroy();
  }
}

function pointLine(host: string, newest: string | undefined): Found {
  const { reason } = judgePoint(host, newest, Date.now());
  const [detail, todo = ''] = reason?.split('; ') ?? [];
  const what = `kept point of ${host}`;
  return detail ? fails(what, detail, todo) : holds(what, `restored, checked and locked at ${newest}`);
}
