/** The host's disk fills up while it is written to and backed up. */
import { ssh } from '../../components/ssh';
import { phase, type Seeded } from '../context';
import { control } from '../control';
import { dropletOf } from '../droplet';
import type { Load } from '../load/load';
import { strike, work, type Struck } from '../phases/fault';
import { statusOf } from './alarm';
import type { Fault } from './fault';
import { recover, until } from './steps';

const RESERVE = '/var/lib/fleet/reserve';

export const diskFull: Fault = {
  kind: 'disk-full',
  title: 'the disk fills up while backups run; writes fail, and none that was acknowledged is lost',
  ends: 'recovers',
  disturbsLoad: true,
  run: async (drill) => {
    const load = await phase(drill, 'disk full', 'the disk fills up under load', fill);
    const struck = await phase(drill, 'fault', 'the host dies with its full disk', (one) =>
      strike(one, 'disk-full', (droplet) => control(one, `droplets/${droplet}/destroy`), { load, served: false }),
    );
    await recover(struck);
    nothingLeftBehind(struck);
  },
};

/** A clone's reserve lies in the saved layer of its disk, where taking it away frees nothing: it is made anew in the clone's own. */
async function ownReserve(drill: Seeded): Promise<void> {
  const target = drill.sshTarget;
  await ssh(target, `rm -f ${RESERVE}`);
  await until(
    drill,
    'the reserve',
    async () => (await ssh(target, `test -e ${RESERVE}`)).code === 0 || 'disk-guard has not made it',
  );
}

async function fill(drill: Seeded): Promise<Load> {
  await ownReserve(drill);
  const load = await work(drill);
  await control(drill, `droplets/${await dropletOf(drill)}/fill`, { leaveMiB: 0 });
  const from = Date.now();
  let said = '';
  await until(drill, 'an alarm', async () => {
    const status = await statusOf(drill);
    said = status.said;
    return /all that it acknowledged is in the store/.test(said) || said;
  });
  drill.record.check(
    'an operator sees it',
    true,
    `${((Date.now() - from) / 1000).toFixed(0)} s after the disk was full: ${said}`,
  );
  const after = load.writes.filter(({ sentAt }) => sentAt > from);
  drill.record.check(
    'writes fail or are acknowledged',
    true,
    `${after.filter(({ acknowledgedAt }) => acknowledgedAt !== undefined).length} acknowledged, ${after.filter(({ failedAt }) => failedAt !== undefined).length} failed`,
  );
  return load;
}

/** What was acknowledged on the full disk had time to be shipped before the host died. */
function nothingLeftBehind({ record, declaration, strike: { at } }: Struck): void {
  const settled = at - declaration.objectives.forge.rpoSeconds * 1000;
  const lost = record.writes.lost.filter(({ acknowledgedAt }) => Date.parse(acknowledgedAt) < settled);
  record.check(
    'what the full disk took is in the store',
    lost.length === 0,
    lost.length ? `${lost.length} writes acknowledged on the full disk are lost` : 'none of it is lost',
  );
}
