/** The host serves nobody, but the cloud still lists it: somebody raises its `rebuild` value. */
import { versionsOf } from '../../components/store/objects';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT } from '../../scripts/lib/errors';
import { act } from '../console';
import { phase, type Seeded } from '../context';
import { accepts } from '../../components/ssh';
import { control, dropletSeen } from '../control';
import { keyRefused, withHostKey, type AsHost } from '../host-key-to-store';
import { raiseRebuild } from '../settings';
import { bucketOfHost, inStore } from '../store';
import { dropletOf } from '../droplet';
import { strike } from '../phases/fault';
import { upMeanwhile } from './child';
import type { Fault } from './fault';
import { saidBy } from './refusal';
import { recover, until } from './steps';

export const hostHung: Fault = {
  kind: 'host-hung',
  title: 'the host hangs, but is still listed; rebuilt by a raised value',
  ends: 'recovers',
  run: async (drill) => {
    const struck = await phase(drill, 'fault', 'writing until the host hangs', (one) =>
      strike(one, 'host-hung', (droplet) => control(one, `droplets/${droplet}/hang`)),
    );
    await recover(struck, { before: raiseRebuild });
  },
};

/** How long the old host, running again, is watched for anything that it might still write. */
const WATCHED_MS = 15_000;

export const hostPartitioned: Fault = {
  kind: 'host-partitioned',
  title: 'the host is cut off, rebuilt by a raised value, and back after the cutover',
  ends: 'recovers',
  run: async (drill) => {
    const old = await dropletOf(drill);
    await withHostKey(drill, async (asHost) =>
      recover(await cutOff(drill), {
        before: raiseRebuild,
        rebuilding: (one) => rebuildAndHeal(one, old, asHost),
      }),
    );
  },
};

/** Writes until the host is cut off. */
export const cutOff = (drill: Seeded) =>
  phase(drill, 'fault', 'writing until the host is cut off', (one) =>
    strike(one, 'host-partitioned', (droplet) => control(one, `droplets/${droplet}/partition`)),
  );

/** One update; when the names have moved it is held, the old host comes back, and is looked at. */
export async function rebuildAndHeal(drill: Seeded, old: number, asHost: AsHost): Promise<void> {
  const run = await upMeanwhile(drill, ['step-done', `Command ${drill.hostName}-gitea-public`], (held) => {
    held.hold();
    return comesBack(drill, old, asHost).finally(held.go);
  });
  if (run.code !== EXIT.ok) throw new Error(`the rebuild failed: ${saidBy(run.output)}`);
  drill.record.check(
    'the old host was back after the cutover',
    run.met,
    run.met ? 'while the update was held' : 'the cutover was not seen',
  );
}

async function comesBack(drill: Seeded, old: number, asHost: AsHost): Promise<void> {
  const { record } = drill;
  const host = await dropletSeen(drill, old);
  await control(drill, `droplets/${old}/heal`);
  record.check('the old host was powered off by the fence', host.status === 'off', host.status);
  record.check('the old host answers nobody', !(await accepts(host.address, 443)), `${host.address}:443`);
  await keyRefused(drill, asHost, 'the old host’s key to the store is refused');

  drill.progress.waiting('the old host, powered on by somebody');
  const before = await writtenBelow(drill, asHost);
  await act(drill, `/droplets/${old}`, { type: 'power_on' });
  await until(
    drill,
    'the old host to run again',
    async () => (await accepts(host.address, 443)) || 'it does not answer yet',
  );
  await sleep(WATCHED_MS, undefined, { signal: drill.signal });
  const after = await writtenBelow(drill, asHost);
  record.check(
    'the old host, running again, writes nothing to the store',
    after === before,
    `${before} versions before, ${after} after ${WATCHED_MS / 1000} s`,
  );
  const led = await dropletOf(drill);
  record.check('the public name leads to the new host', led !== old, `droplet ${led}, the old one is ${old}`);
}

/** Versions of objects below a prefix, with the administrator's key. */
const writtenBelow = (drill: Seeded, { prefix }: AsHost): Promise<number> =>
  inStore(drill, async (client) => (await versionsOf(client, bucketOfHost(drill), `${prefix}/`)).length);
