/** Refusals that the new or the old host is the reason of. */
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { utils } from 'ssh2';
import { hostPublicKey, NAMESPACE } from '../../stacks/model/settings';
import { ssh } from '../../components/ssh';
import { hostOf, phase, type Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { control, dropletsSeen } from '../control';
import { configure, raiseRebuild } from '../settings';
import { bucketOfHost, heartbeat, inStore } from '../store';
import type { Fault } from './fault';
import { occupy } from './intruder';
import { expectGoesOn, expectRefusal } from './refusal';
import { loseHost } from './steps';

/** More than half of what the declared size leaves free. */
const HUGE = 60 * 2 ** 30;

export const diskTooSmall: Fault = {
  kind: 'disk-too-small',
  title: 'the data, as the last heartbeat measured it, does not fit the declared size',
  ends: 'refuses',
  run: async (drill) => {
    await phase(drill, 'fault', 'the host dies, having reported 60 GiB of data', async () => {
      await loseHost(drill);
      await reportBytes(drill, HUGE);
    });
    await phase(drill, 'refusal', 'data that does not fit', async () => {
      await expectRefusal(drill, {
        why: 'disk too small',
        says: [
          /the data \(60\.\d GiB, twice during a restore\) does not fit the 70 GiB/,
          /choose a larger size for alpha in its declaration/,
        ],
      });
      await reportBytes(drill, 2 ** 20);
      await expectGoesOn(drill, 'the data fits');
    });
  },
};

/** Rebuilt by a raised value while the host is listed: what a fence must not have touched when the order cannot be carried out. */
const unavailable = (
  kind: string,
  title: string,
  what: string,
  gone: (drill: Seeded) => object,
  says: RegExp[],
  again: string,
): Fault => ({
  kind,
  title,
  ends: 'refuses',
  run: async (drill) => {
    await phase(drill, 'fault', `${what}; the host's rebuild value is raised`, async () => {
      await control(drill, 'withdrawals', gone(drill));
      await raiseRebuild(drill);
    });
    await phase(drill, 'refusal', what, async () => {
      await expectRefusal(drill, { why: kind.replaceAll('-', ' '), says });
      drill.record.check(
        'the host still serves',
        (await dropletsSeen(drill)).every(({ status }) => status === 'active'),
        'not powered off by a fence',
      );
      await control(drill, 'withdrawals', undefined, 'DELETE');
      await expectGoesOn(drill, again);
    });
  },
});

export const imageWithdrawn = unavailable(
  'image-withdrawn',
  'the provider has the image no more; a rebuild is asked for while the host lives',
  'the image cannot be had any more',
  (drill) => ({ image: hostOf(drill).image }),
  [/DigitalOcean has no image debian-12-x64 any more/, /choose another one of Debian 12 for alpha in its declaration/],
  'the image is back',
);

export const sizeSoldOut = unavailable(
  'size-sold-out',
  'the size cannot be had in the region; a rebuild is asked for while the host lives',
  'the size is sold out in the region',
  (drill) => ({ size: hostOf(drill).size, region: hostOf(drill).region }),
  [/DigitalOcean has no \S+ left in \w+/, /\S+ can be had there: choose it for alpha in its declaration/],
  'the size can be had again',
);

/** Changes what the host's last heartbeat says of the size of the forge's data. */
async function reportBytes(drill: Seeded, bytes: number): Promise<void> {
  const { incarnation } = required(await heartbeat(drill), 'a heartbeat');
  const object = { Bucket: bucketOfHost(drill), Key: `${incarnation}/heartbeat.json` };
  await inStore(drill, async (client) => {
    const { Body } = await client.send(new GetObjectCommand(object));
    const content = JSON.parse((await Body?.transformToString()) ?? '') as { datasets: { gitea: { bytes: number } } };
    content.datasets.gitea.bytes = bytes;
    await client.send(new PutObjectCommand({ ...object, Body: JSON.stringify(content) }));
  });
}

export const primaryStillAnswers: Fault = {
  kind: 'primary-still-answers',
  title: 'the host is listed no more, but something still answers at its public address',
  ends: 'refuses',
  run: async (drill) => {
    let free: () => Promise<void> = async () => undefined;
    await phase(drill, 'fault', 'the host is lost; another machine answers at its address', async () => {
      await loseHost(drill);
      free = await occupy(drill);
    });
    await phase(drill, 'refusal', 'while somebody answers as primary', async () => {
      await expectRefusal(drill, {
        why: 'another primary',
        says: [/another host still answers as primary at [\d.]+:443/, /unassign the address/],
      });
      await free();
      await expectGoesOn(drill, 'the address is unassigned');
    });
  },
};

export const hostKeyMismatch: Fault = {
  kind: 'host-key-mismatch',
  title: 'a host shows, or would show, another SSH key than the pinned one',
  ends: 'refuses',
  run: async (drill) => {
    const target = drill.sshTarget;
    const key = `${NAMESPACE}:${hostPublicKey(drill.hostName)}`;
    await phase(drill, 'fault', 'the running host shows another key', async () => {
      const made = await ssh(
        target,
        'ssh-keygen -q -t ed25519 -N "" -f /tmp/other && cat /tmp/other >/etc/ssh/ssh_host_ed25519_key && cat /tmp/other.pub >/etc/ssh/ssh_host_ed25519_key.pub && rm /tmp/other* && systemctl restart ssh',
      );
      if (made.code !== 0) throw new Error(`the host's key could not be changed: ${made.stderr}`);
      // Something that an update has to bring to the host.
      await configure(drill, (file) =>
        file.setPlain(`${NAMESPACE}:operators`, [{ name: 'newcomer', publicKey: otherKey() }]),
      );
    });
    await phase(drill, 'refusal', 'a host that cannot be the pinned one', () =>
      expectRefusal(drill, {
        why: 'other key on the host',
        says: [/host key of \S+ is not the expected one|key mismatch/, /rebuild/],
        verb: { name: 'up', args: [] },
      }).then(() => undefined),
    );
    await phase(drill, 'fault', 'the host dies; the pinned key is not the one that its successor gets', async () => {
      await loseHost(drill);
      await configure(drill, (file) => file.setPlain(key, otherKey()));
    });
    await phase(drill, 'refusal', 'a key that no host will show', async () => {
      await expectRefusal(drill, {
        why: 'pinned key of another host',
        says: [/the host key is not the pinned one/, /set the two halves of one key/],
      });
      await configure(drill, (file) => file.setPlain(key, target.hostKey));
      await expectGoesOn(drill, 'the right key is pinned');
    });
  },
};

function otherKey(): string {
  const pair = utils.generateKeyPairSync('ed25519', { comment: randomBytes(4).toString('hex') });
  return pair.public;
}
