/** A host dies, and nobody rebuilds it for a year, in the middle of which its backups are proved and pruned once: all that was acknowledged comes back. */
import { lockedUntil } from '../../components/store/lock';
import { PARTS } from '../../components/store/plan';
import { objectsOf, readPoint } from '../../components/store/points';
import { required } from '../../stacks/model/required';
import { EXIT } from '../../scripts/lib/errors';
import { phase, type Seeded } from '../context';
import { control } from '../control';
import { fault } from '../phases/fault';
import { bucketOfHost, inStore } from '../store';
import type { Fault } from './fault';
import { lostOf, proved, pruneNow, pruneTakesNothing } from './prune-killed';
import { recover } from './steps';

export const deadForAYear: Fault = {
  kind: 'dead-for-a-year',
  title: 'the host is gone and nobody rebuilds it for a year, in which its backups are proved and pruned once',
  ends: 'recovers',
  run: async (drill) => {
    await phase(drill, 'proof', 'fleet verify', (one) => proved(one, 'the proof before'));
    const struck = await phase(drill, 'fault', 'writing until the host dies', (one) => fault(one));
    await phase(struck, 'a year', 'half a year, a proof, a prune, and half a year', async (one) => {
      await halfAYear(one);
      await proved(one, 'a proof of the dead host');
      await locked(one);
      const { code, output } = await pruneNow(one);
      one.record.check('a prune after it ends well', code === EXIT.ok, output.trim().split('\n').at(-1) ?? '');
      one.record.none('and takes nothing of what is kept', await lostOf(one), 'all of it read by version');
      await halfAYear(one);
    });
    await recover(struck);
  },
};

const HALF_A_YEAR_DAYS = 183;

/** In which nobody looks: every lock ends, and nothing goes. */
async function halfAYear(drill: Seeded): Promise<void> {
  await control(drill, 'store/age', { bucket: bucketOfHost(drill), days: HALF_A_YEAR_DAYS });
  await pruneTakesNothing(drill, 'half a year later a prune is refused');
}

/** All that the newest point needs is locked again. */
async function locked(drill: Seeded): Promise<void> {
  const unlocked = await inStore(drill, async (client) => {
    const bucket = bucketOfHost(drill);
    const point = required(await readPoint(client, bucket), 'a kept point');
    const needed = PARTS.flatMap((part) => objectsOf(point, part));
    const until = await Promise.all(needed.map((one) => lockedUntil(client, bucket, one)));
    return needed.flatMap(({ key }, index) => ((until[index]?.getTime() ?? 0) > Date.now() ? [] : [key]));
  });
  drill.record.none('all that is kept is locked again', unlocked, 'each version asked for');
}
