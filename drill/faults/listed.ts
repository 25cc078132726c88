/** The host serves nobody, but the cloud still lists it: somebody raises its `rebuild` value. */
import { setTimeout as sleep } from 'node:timers/promises';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { withStore } from '../../components/store/client';
import { versionsOf } from '../../components/store/objects';
import { EXIT, messageOf } from '../../scripts/lib/errors';
import { act } from '../console';
import { need, phase, storeAdminOf, type Drill } from '../context';
import { accepts } from '../../components/ssh';
import { control, dropletsSeen } from '../control';
import { asTheHost } from '../host-key-to-store';
import { dropletOf } from '../droplet';
import { strike } from '../phases/fault';
import { fleet } from './child';
import { worksOn } from './events';
import type { Fault } from './fault';
import { saidBy } from './refusal';
import { raiseRebuild, recover, until } from './steps';

export const hostHung: Fault = {
  kind: 'host-hung',
  title: 'the host hangs, but is still listed; rebuilt by a raised value',
  ends: 'recovers',
  run: async (drill) => {
    await phase(drill, 'fault', 'writing until the host hangs', (one) =>
      strike(one, 'host-hung', (droplet) => control(one, `droplets/${droplet}/hang`)),
    );
    await recover(drill, undefined, raiseRebuild);
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
    const asHost = await asTheHost(drill);
    try {
      await phase(drill, 'fault', 'writing until the host is cut off', (one) =>
        strike(one, 'host-partitioned', (droplet) => control(one, `droplets/${droplet}/partition`)),
      );
      await recover(drill, (one) => rebuildAndHeal(one, old, asHost), raiseRebuild);
    } finally {
      asHost.client.destroy();
    }
  },
};

/** One update; when the names have moved it is held, the old host comes back, and is looked at. */
export async function rebuildAndHeal(
  drill: Drill,
  old: number,
  asHost: { client: S3Client; bucket: string; prefix: string },
): Promise<void> {
  let back: Promise<void> | undefined;
  const run = await fleet(drill, 'up', ['--refresh'], {
    onEvent: (event, held) => {
      if (back || !worksOn(event, 'step-done', `Command ${drill.hostName}-gitea-public`)) return;
      held.hold();
      back = comesBack(drill, old, asHost).finally(held.go);
      back.catch(() => undefined);
    },
  });
  await back;
  if (run.code !== EXIT.ok) throw new Error(`the rebuild failed: ${saidBy(run.output)}`);
  drill.record.check(
    'the old host was back after the cutover',
    back !== undefined,
    back ? 'while the update was held' : 'the cutover was not seen',
  );
}

async function comesBack(
  drill: Drill,
  old: number,
  { client, bucket, prefix }: { client: S3Client; bucket: string; prefix: string },
): Promise<void> {
  const { record } = drill;
  const host = need(
    (await dropletsSeen(drill)).find(({ id }) => id === old),
    'the old droplet',
  );
  await control(drill, `droplets/${old}/heal`);
  record.check('the old host was powered off by the fence', host.status === 'off', host.status);
  record.check('the old host answers nobody', !(await accepts(host.address, 443)), `${host.address}:443`);
  const denied = await client.send(new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/late`, Body: 'late' })).then(
    () => 'it could write',
    (error) => messageOf(error.name ?? error),
  );
  record.check(
    'the old host’s key to the store is refused',
    /AccessDenied|Forbidden|InvalidAccessKeyId/.test(denied),
    denied,
  );

  drill.progress.waiting('the old host, powered on by somebody');
  const before = await writtenBelow(drill, bucket, prefix);
  await act(drill, `/droplets/${old}`, { type: 'power_on' });
  await until(
    drill,
    'the old host to run again',
    async () => (await accepts(host.address, 443)) || 'it does not answer yet',
  );
  await sleep(WATCHED_MS, undefined, { signal: drill.signal });
  const after = await writtenBelow(drill, bucket, prefix);
  record.check(
    'the old host, running again, writes nothing to the store',
    after === before,
    `${before} versions before, ${after} after ${WATCHED_MS / 1000} s`,
  );
  const led = await dropletOf(drill);
  record.check('the public name leads to the new host', led !== old, `droplet ${led}, the old one is ${old}`);
}

/** Versions of objects below a prefix, with the administrator's key. */
async function writtenBelow(drill: Drill, bucket: string, prefix: string): Promise<number> {
  const versions = await withStore(storeAdminOf(drill), (client) => versionsOf(client, bucket, `${prefix}/`));
  return versions.length;
}
