/** Clocks of hosts that are wrong by an hour: the restore point of a rebuild is still the right one, twice. */
import { ssh } from '../../components/ssh';
import { incarnationsOf } from '../../components/store/restore-points';
import { EXIT } from '../../scripts/lib/errors';
import { phase, type Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { control, dropletsSeen } from '../control';
import { writeMarker } from '../marker';
import { dropletOf } from '../droplet';
import { fault } from '../phases/fault';
import { detection, rebuild } from '../phases/rebuild';
import { bucketOfHost, inStore } from '../store';
import { fleet } from './child';
import { worksOn } from './events';
import type { Fault } from './fault';
import { saidBy } from './refusal';
import { settled, verifyRecovery } from './steps';

const HOUR = 3600;

export const clockWrong: Fault = {
  kind: 'clock-wrong',
  title: 'the host’s clock is an hour ahead, that of its successor an hour behind; rebuilt twice',
  ends: 'recovers',
  run: async (drill) => {
    await phase(drill, 'clock', 'the host’s clock is an hour ahead', async (one) => {
      await control(one, `droplets/${await dropletOf(one)}/set-clock`, { seconds: HOUR });
    });
    const struck = await phase(drill, 'fault', 'writing until the host dies', (one) => fault(one));
    await phase(struck, 'detection', 'waiting for the declared monitor', detection);
    await phase(struck, 'rebuild', 'up --refresh, with the new host’s clock an hour behind at first', rebuildBehind);
    await phase(struck, 'second fault', 'something new is written, and the successor dies', async (one) => {
      // Only the successor ever held it, so it comes back only if the next rebuild takes the successor’s restore point.
      await writeMarker(one.forge, one.account);
      await settled(one);
      await control(one, `droplets/${await dropletOf(one)}/destroy`);
    });
    await phase(struck, 'second rebuild', 'up --refresh', rebuild);
    await verifyRecovery(struck);
  },
};

/** Sets the clock of the new host as soon as it runs, and right again once it is provisioned. */
async function rebuildBehind(drill: Seeded): Promise<void> {
  let set: Promise<unknown> | undefined;
  const fresh = async () =>
    required(
      (await dropletsSeen(drill)).find(({ status }) => status === 'active'),
      'the new droplet',
    ).id;
  const clock = async (seconds: number) => control(drill, `droplets/${await fresh()}/set-clock`, { seconds });
  const run = await fleet(drill, 'up', ['--refresh'], {
    onEvent: (event) => {
      if (worksOn(event, 'step-done', `Droplet ${drill.hostName}`)) set ??= clock(-HOUR);
      if (worksOn(event, 'step-done', `Command ${drill.hostName}-provision`)) set = set?.then(() => clock(0));
      set?.catch(() => undefined);
    },
  });
  await set;
  if (run.code !== EXIT.ok) throw new Error(`the rebuild failed: ${saidBy(run.output)}`);
  drill.record.check(
    'the successor was provisioned an hour too early',
    await provisionedEarly(drill),
    'by its own clock; the store’s time counts',
  );
}

/** Whether packages were installed on the new host an hour before the store took its registration, by the host's own clock: apt writes it down. */
async function provisionedEarly(drill: Seeded): Promise<boolean> {
  const { stdout } = await ssh(drill.sshTarget, "sed -n 's/^Start-Date: //p' /var/log/apt/history.log | date -f - +%s");
  const bucket = bucketOfHost(drill);
  const [newest] = await inStore(drill, (client) => incarnationsOf(client, bucket));
  const registered = Date.parse(newest?.createdAt ?? '') / 1000;
  return stdout.split('\n').some((at) => Math.abs(registered - Number(at) - HOUR) < 120);
}
