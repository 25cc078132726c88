/** Somebody who took the key of a host does to its backups whatever the store lets them: what they were before comes back, and what was proved stays. */
import { randomBytes } from 'node:crypto';
import {
  DeleteObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { ssh } from '../../components/ssh';
import { POINTS_FOLDER, PRIMARIES_FOLDER } from '../../components/store/names';
import { keysBelow, versionsOf } from '../../components/store/objects';
import { EXIT } from '../../scripts/lib/errors';
import { required } from '../../stacks/model/required';
import { compare as compareFacts } from '../compare/compare';
import { readBack } from '../compare/read-back';
import { phase, type Seeded } from '../context';
import { control } from '../control';
import { withHostKey, type AsHost } from '../host-key-to-store';
import { bucketOfHost, heartbeat } from '../store';
import type { Fault } from './fault';
import { lostOf, proved, pruneNow, pruneTakesNothing } from './prune-killed';
import { expectRefusal } from './refusal';
import { loseHost, rebuildAt, until } from './steps';

export const storeAttacked: Fault = {
  kind: 'store-attacked',
  title: 'somebody with the host’s key writes over and hides all of its backups, and the host is gone',
  ends: 'refuses',
  run: async (drill) => {
    await phase(drill, 'proof', 'a snapshot with all of the database, and fleet verify', async (one) => {
      await copied(one);
      await proved(one, 'the proof before');
    });
    const moment = await phase(drill, 'attack', 'all that a host’s key can do', attacked);
    await phase(drill, 'refusal', 'a rebuild from what was hidden, and a prune', refused);
    // The store was set back meanwhile, and with it when anything was written.
    const before = new Date(Date.parse(moment) - DAYS * DAY_MS).toISOString();
    await rebuildAt(drill, before, async (one) => {
      one.record.checks.push(...compareFacts(one.account.facts, await readBack(one)).checks);
    });
  },
};

const AT_ONCE = 16;
/** Longer ago than the window of databases and files, shorter than any lock. */
const DAYS = 2;
const DAY_MS = 86_400_000;

/** What a kept point brings back of a database is its copy in the newest snapshot, which may be minutes older than the snapshot. */
async function copied({ sshTarget, record }: Seeded): Promise<void> {
  const { code, stderr } = await ssh(sshTarget, '/usr/local/lib/fleet/backup gitea --force');
  record.check('a snapshot with a copy of the database', code === 0, stderr.trim());
}

/** Returns the moment just before. */
async function attacked(drill: Seeded): Promise<string> {
  const since = Date.now();
  await until(
    drill,
    'the store to hold all of it',
    async () => ((await heartbeat(drill))?.storedAt ?? 0) > since + 2000 || 'no heartbeat since',
  );
  return withHostKey(drill, async (asHost) => {
    await loseHost(drill);
    const moment = new Date().toISOString();
    await denied(drill, asHost);
    await destroyed(drill, asHost);
    return moment;
  });
}

/** What the key may not do. */
async function denied({ record }: Seeded, { client, bucket: Bucket, prefix }: AsHost): Promise<void> {
  const [one] = (await versionsOf(client, Bucket, `${prefix}/gitea/files/`)).filter(({ hidden }) => !hidden);
  const { key: Key, id: VersionId } = required(one, `an object below ${prefix}`);
  const put = (key: string) => new PutObjectCommand({ Bucket, Key: key, Body: '{}' });
  const RetainUntilDate = new Date(Date.now() + 1000);
  const ObjectLockRetainUntilDate = new Date(Date.now() + DAY_MS);
  const Statement = [{ Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: `arn:aws:s3:::${Bucket}/*` }];
  const attempts: Record<string, () => Promise<unknown>> = {
    'remove a version': () => client.send(new DeleteObjectCommand({ Bucket, Key, VersionId })),
    'write a kept point': () => client.send(put(`${POINTS_FOLDER}/${new Date().toISOString()}.json`)),
    'make itself a primary': () => client.send(put(`${PRIMARIES_FOLDER}/${prefix}0.json`)),
    'write for another incarnation': () => client.send(put(`${prefix}0/gitea/complete.json`)),
    'unlock a version': () =>
      client.send(
        new PutObjectRetentionCommand({ Bucket, Key, VersionId, Retention: { Mode: 'GOVERNANCE', RetainUntilDate } }),
      ),
    'lock its own junk': () =>
      client.send(
        new PutObjectCommand({
          Bucket,
          Key: `${prefix}/junk`,
          Body: 'x',
          ObjectLockMode: 'COMPLIANCE',
          ObjectLockRetainUntilDate,
        }),
      ),
    'give itself more rights': () =>
      client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) })),
  };
  const could: string[] = [];
  for (const [what, act] of Object.entries(attempts))
    await act().then(
      () => could.push(what),
      (error: S3ServiceException) => {
        if (error.$metadata?.httpStatusCode !== 403) throw error;
      },
    );
  record.none('what the key may not do is refused', could, Object.keys(attempts).join(', '), 'it could ');
}

/** What it may: everything is written over with noise, forged, and hidden. */
async function destroyed(drill: Seeded, { client, bucket: Bucket, prefix }: AsHost): Promise<void> {
  drill.progress.waiting('every object, written over and hidden');
  const keys = await keysBelow(client, Bucket, `${prefix}/`);
  const forged = ['database/99999999/generations/ffffffffffffffff/snapshots/00000000.snapshot.lz4', 'complete.json'];
  await pMap(
    [...keys, ...forged.map((path) => `${prefix}/gitea/${path}`)],
    async (Key) => {
      await client.send(new PutObjectCommand({ Bucket, Key, Body: randomBytes(64) }));
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
    { concurrency: AT_ONCE },
  );
  const left = await keysBelow(client, Bucket, `${prefix}/`);
  drill.record.none('everything is hidden', left.slice(0, 3), `${keys.length} objects`);
}

async function refused(drill: Seeded): Promise<void> {
  await expectRefusal(drill, {
    why: 'hidden backups',
    says: [/the store shows no restore point of gitea/, /was hidden since/, /set fleet:restoreAt to [\dT:.-]+Z/],
  });
  const early = await pruneNow(drill);
  const at = early.output.trim().split('\n').at(-1) ?? '';
  drill.record.check('a prune on the same day ends well', early.code === EXIT.ok, at);
  drill.record.none('and takes nothing of what was proved', await lostOf(drill), 'all of it read by version');
  await control(drill, 'store/age', { bucket: bucketOfHost(drill), days: DAYS });
  await pruneTakesNothing(drill, 'a prune after the window is refused');
}
