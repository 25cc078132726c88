/** The store is pruned while the fleet works, and the prune is killed again and again: all that proofs keep stays, and a rebuild finds it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { versionsOf } from '../../components/store/objects';
import { PARTS } from '../../components/store/plan';
import { listPoints, objectsOf, readPointOf } from '../../components/store/points';
import { signalTree } from '../../localcloud/process-tree';
import { EXIT } from '../../scripts/lib/errors';
import { projectDir } from '../../scripts/lib/project';
import { phase, type Seeded } from '../context';
import { control } from '../control';
import { withHostKey } from '../host-key-to-store';
import { bucketOfHost, inStore } from '../store';
import { environment, fleetPlain } from './child';
import type { Fault } from './fault';
import { PROOF_MS } from './proof';
import { loseAndRecover } from './steps';

export const pruneKilled: Fault = {
  kind: 'prune-killed',
  title: 'days later the store is pruned, and the prune killed again and again; then the host and its disk are gone',
  ends: 'recovers',
  run: async (drill) => {
    await phase(drill, 'proof', 'what is superseded, two days, and a proof', supersede);
    await phase(drill, 'prune', 'fleet prune, killed and run again', prune);
    await loseAndRecover(drill);
  },
};

/** Longer ago than the window of databases and files, shorter than any lock. */
const DAYS = 2;
const SUPERSEDED = 2000;
const AT_ONCE = 16;
/** How long after it said what it frees each prune is killed. */
const KILLED_AFTER_MS = [200, 400, 800, 1600];

async function supersede(drill: Seeded): Promise<void> {
  drill.progress.waiting('a proof of what there is');
  await proved(drill, 'the proof before');
  drill.progress.waiting('what the host hides');
  await withHostKey(drill, async ({ client, bucket, prefix }) => {
    const keys = Array.from({ length: SUPERSEDED }, (_, n) => `${prefix}/gitea/files/data/00/superseded-${n}`);
    await pMap(keys, (Key) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key })), {
      concurrency: AT_ONCE,
    });
    await pMap(keys, (Key) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key })), { concurrency: AT_ONCE });
  });
  await control(drill, 'store/age', { bucket: bucketOfHost(drill), days: DAYS });
  await pruneRefused(drill, 'a prune without a proof of last night is refused');
  drill.progress.waiting('a proof two days later');
  await proved(drill, 'the proof two days later');
}

export const pruneNow = (drill: Seeded) =>
  fleetPlain(drill, ['prune', '--stack', drill.declaration.stack, '--yes'], PROOF_MS);

/** A prune that must be refused, because no proof is new enough. */
async function pruneRefused(drill: Seeded, name: string): Promise<void> {
  const { code, output } = await pruneNow(drill);
  const isStale = /the newest kept point is \d+ h old/.test(output);
  drill.record.check(name, code === EXIT.failed && isStale, output.trim().split('\n')[0] ?? '');
}

/** The same where no host writes meanwhile. */
export async function pruneTakesNothing(drill: Seeded, name: string): Promise<void> {
  const before = await held(drill);
  await pruneRefused(drill, name);
  const after = await held(drill);
  drill.record.check('and takes nothing', after.versions === before.versions, `${before.versions} versions`);
}

export async function proved(drill: Seeded, name: string): Promise<void> {
  const run = await fleetPlain(
    drill,
    ['verify', '--stack', drill.declaration.stack, '--engine', drill.engine.name],
    PROOF_MS,
  );
  drill.record.check(name, run.code === EXIT.ok, run.output.trim().split('\n').at(-1) ?? '');
}

interface Held {
  versions: number;
  bytes: number;
}

async function prune(drill: Seeded): Promise<void> {
  const { record, progress } = drill;
  const before = await held(drill);
  const seen: Held[] = [];
  for (const afterMs of KILLED_AFTER_MS) {
    progress.waiting(`a prune that is killed ${afterMs} ms after it began to free`);
    await killedPrune(drill, afterMs);
    seen.push(await held(drill));
    const lost = await lostOf(drill);
    record.none(`killed after ${afterMs} ms, every kept point is whole`, lost, 'all of it read by version');
  }
  const last = await pruneNow(drill);
  record.check('the next prune ends', last.code === EXIT.ok, last.output.trim().split('\n').at(-1) ?? '');
  const after = await held(drill);
  const inTheMiddle = seen.filter(({ versions }) => versions < before.versions - 1 && versions > after.versions);
  record.check('one was killed in the middle', inTheMiddle.length > 0, seen.map(({ versions }) => versions).join(', '));
  record.check(
    'the store holds less',
    after.bytes < before.bytes && after.versions < before.versions - SUPERSEDED,
    `${before.versions} versions and ${before.bytes} bytes before, ${after.versions} and ${after.bytes} after`,
  );
  record.none('every kept point is whole at the end', await lostOf(drill), 'all of it read by version');
}

/** Ends it at once (kill -9) a while after it said what it frees; one that was done by then ended by itself. */
async function killedPrune(drill: Seeded, afterMs: number): Promise<void> {
  const child = spawn(join(projectDir, 'bin/fleet'), ['prune', '--stack', drill.declaration.stack, '--yes'], {
    cwd: projectDir,
    env: environment(drill),
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const said = new Promise<void>((done) => child.stdout.once('data', () => done()));
  const leave = drill.ends.hold(ended);
  await Promise.race([said, ended]);
  await sleep(afterMs, undefined, { signal: drill.signal });
  if (child.pid !== undefined) signalTree(child.pid, 'SIGKILL');
  await leave;
}

const held = (drill: Seeded): Promise<Held> =>
  inStore(drill, async (client) => {
    const versions = await versionsOf(client, bucketOfHost(drill));
    return { versions: versions.length, bytes: versions.reduce((sum, { size }) => sum + size, 0) };
  });

/** Versions that a kept point needs and that the store has no more, or not whole. */
export const lostOf = (drill: Seeded): Promise<string[]> =>
  inStore(drill, async (client) => {
    const bucket = bucketOfHost(drill);
    const lost: string[] = [];
    for (const moment of await listPoints(client, bucket)) {
      const point = await readPointOf(client, bucket, moment);
      const needed = PARTS.flatMap((part) => objectsOf(point, part));
      const read = await pMap(needed, (object) => isWhole(client, bucket, object), { concurrency: AT_ONCE });
      lost.push(...needed.filter((_, index) => !read[index]).map(({ key }) => `${moment} ${key}`));
    }
    return lost;
  });

async function isWhole(
  client: S3Client,
  bucket: string,
  { key, versionId, size }: { key: string; versionId: string; size: number },
): Promise<boolean> {
  const object = await client
    .send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }))
    .catch(() => undefined);
  const content = await object?.Body?.transformToByteArray();
  return content?.length === size;
}
