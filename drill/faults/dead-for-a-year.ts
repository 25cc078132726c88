/** A host dies, and nobody rebuilds it for a year, in the middle of which its backups are proved and pruned once: all that was acknowledged comes back. */
import { lockedUntil } from '../../components/store/lock';
import { PARTS } from '../../components/store/plan';
import { objectsOf, readPoint } from '../../components/store/points';
import { versionsOf } from '../../components/store/objects';
import { required } from '../../stacks/model/required';
import { EXIT } from '../../scripts/lib/errors';
import { phase, type Seeded } from '../context';
import { control } from '../control';
import { fault } from '../phases/fault';
import { bucketOfHost, inStore } from '../store';
import { fleetPlain } from './child';
import type { Fault } from './fault';
import { lostOf, proved } from './prune-killed';
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
      const { code, output } = await prune(one);
      one.record.check('a prune after it ends well', code === EXIT.ok, output.trim().split('\n').at(-1) ?? '');
      one.record.none('and takes nothing of what is kept', await lostOf(one), 'all of it read by version');
      await halfAYear(one);
    });
    await recover(struck);
  },
};

const HALF_A_YEAR_DAYS = 183;

const prune = (drill: Seeded) => fleetPlain(drill, ['prune', '--stack', drill.declaration.stack, '--yes']);

/** In which nobody looks: every lock ends, and nothing goes. */
async function halfAYear(drill: Seeded): Promise<void> {
  const { record } = drill;
  const versions = () => inStore(drill, async (client) => (await versionsOf(client, bucketOfHost(drill))).length);
  const before = await versions();
  await control(drill, 'store/age', { bucket: bucketOfHost(drill), days: HALF_A_YEAR_DAYS });
  const { code, output } = await prune(drill);
  const isRefused = code === EXIT.failed && /the newest kept point is \d+ h old/.test(output);
  record.check('half a year later a prune is refused', isRefused, output.trim().split('\n')[0] ?? '');
  record.check('and takes nothing', (await versions()) === before, `${before} versions`);
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
