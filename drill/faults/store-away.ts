/** The store is away for two minutes while the forge is written to; later the host dies. */
import { setTimeout as sleep } from 'node:timers/promises';
import { phase, type Seeded } from '../context';
import { control } from '../control';
import { whatIsMissing } from '../phases/seed';
import type { Load } from '../load/load';
import { beginLoad, fault } from '../phases/fault';
import { heartbeat } from '../store';
import { statusOf } from './alarm';
import type { Fault } from './fault';
import { recover, until } from './steps';

const AWAY_MS = 120_000;

export const storeAway: Fault = {
  kind: 'store-away',
  title: 'the store is away for two minutes while writes go on; then the host dies',
  ends: 'recovers',
  disturbsLoad: true,
  run: async (drill) => {
    const load = await phase(drill, 'store away', 'writes go on without a store', away);
    await phase(drill, 'store back', 'everything that waited is shipped', shipped);
    await recover(await phase(drill, 'fault', 'writing until the host dies', (one) => fault(one, { load })));
  },
};

async function away(drill: Seeded): Promise<Load> {
  const load = await beginLoad(drill);
  await control(drill, 'store/away', { how: 'refuse' });
  const from = Date.now();
  drill.progress.waiting('two minutes of writes without a store');
  await sleep(AWAY_MS, undefined, { signal: drill.signal });
  const taken = load.writes.filter(
    ({ acknowledgedAt }) => acknowledgedAt !== undefined && acknowledgedAt > from + 1000,
  );
  const pushes = taken.filter(({ kind }) => kind === 'push').length;
  drill.record.check(
    'writes went on without the store',
    taken.length > 0 && pushes > 0,
    `${taken.length - pushes} to the database and ${pushes} pushes were acknowledged`,
  );
  const status = await statusOf(drill);
  drill.record.check('an operator sees that the store is away', status.code !== 0, status.said);
  await control(drill, 'store/back');
  return load;
}

async function shipped(drill: Seeded): Promise<void> {
  const back = Date.now();
  let alarmed = '';
  await until(drill, 'everything that waited to be shipped', async () => {
    const beat = await heartbeat(drill);
    if (!beat || beat.storedAt < back) return 'no heartbeat since';
    const pending = beat.datasets.gitea?.repositories?.pending ?? 0;
    if (pending && !alarmed) alarmed = `${pending} repositories wait`;
    return whatIsMissing(beat, { database: back, files: 0 }) || true;
  });
  drill.record.check(
    'everything that waited was shipped',
    true,
    `${((Date.now() - back) / 1000).toFixed(1)} s after the store was back${alarmed ? `; meanwhile the heartbeat said: ${alarmed}` : ''}`,
  );
}
