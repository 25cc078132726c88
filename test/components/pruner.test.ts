/** Kept points and the prune, on a real store that is set back in time. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { ensureAccount, ensureBucket, grantOnly, policyOf, renewAccount } from '../../components/store/admin';
import { storeClient } from '../../components/store/client';
import { lockedUntil } from '../../components/store/lock';
import { prunerOf, readerOf, type StoreAccount } from '../../components/store/names';
import { keysBelow, versionsOf } from '../../components/store/objects';
import { PARTS, type Plan } from '../../components/store/plan';
import { endOf, keepPoint, listPoints, readPoint } from '../../components/store/points';
import { removals, remove, type Freed } from '../../components/store/pruner';
import { register } from '../../components/store/registrations';
import { windowsOf, writable } from '../../scripts/prune/prune';
import { TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/tools';
import { declarations } from '../../stacks';
import { startStore, type TestStore } from './store';

jest.setTimeout(180_000);

const HOUR_MS = 3_600_000;
const KEEP = { everySecondHours: 48, hourlyDays: 7, dailyDays: 30 };
const WINDOWS = windowsOf({ ...declarations.alpha, backup: { ...declarations.alpha.backup, keep: KEEP } });
let store: TestStore;
let root: S3Client;
let bucket: string;
let pruner: S3Client;

beforeAll(async () => {
  store = await startStore();
  root = storeClient(store.admin);
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  root?.destroy();
  store?.end();
});

const accountOf = (id: string): StoreAccount => ({
  bucket,
  prefix: id,
  accessKey: `${bucket}-${id}`,
  secretKey: `of-${id}`,
});

/** A bucket with the host of that incarnation in it. */
async function newBucket(name: string): Promise<void> {
  bucket = name;
  await ensureBucket(root, bucket);
  await becomes('1');
  const key = { ...accountOf(''), accessKey: prunerOf(bucket), secretKey: 'of-the-pruner' };
  await renewAccount(store.admin, key);
  pruner?.destroy();
  pruner = storeClient({ ...store.admin, ...key });
}

async function becomes(id: string): Promise<void> {
  for (const account of [
    accountOf(id),
    ...[readerOf(bucket), prunerOf(bucket)].map((accessKey) => ({ ...accountOf(id), accessKey })),
  ])
    await ensureAccount(store.admin, account);
  await register(root, bucket, { stack: 's', host: 'alpha', incarnation: id, address: '', generation: 0 });
  await grantOnly(root, accountOf(id));
}

const put = (Key: string, Body = Key) => root.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
const hide = (Key: string) => root.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
const all = async (prefix?: string) =>
  (await versionsOf(root, bucket, prefix)).map(({ key, id }) => `${key} ${id}`).sort();
const inTurn = async (keys: string[], act: (key: string) => Promise<unknown>) => {
  for (const key of keys) await act(key);
};

/** What an incarnation backs up in one hour. */
const ofHour = (id: string, hour: number) => [
  ...['snapshots/1', 'wal/1', 'wal/2'].map((path) => `${id}/forge/database/${hour}/generations/a/${path}`),
  ...['base', 'delta'].map((kind) => `${id}/forge/repositories/o__r.git/${hour}-${kind}-0.age`),
  ...['snapshots', 'index', 'data/00'].map((folder) => `${id}/forge/files/${folder}/${hour}`),
];
const write = async (id: string, hour: number) => {
  await inTurn([...ofHour(id, hour), `${id}/forge/complete.json`, `${id}/host/heartbeat.json`], (key) => put(key));
};

/** The plan of all that is seen of an incarnation. */
async function planned(id = '1'): Promise<Plan> {
  const seen = new Set(await keysBelow(root, bucket, `${id}/forge/`));
  const newest = new Map(
    (await versionsOf(root, bucket, `${id}/forge/`)).sort((a, b) => a.at - b.at).map((one) => [one.key, one]),
  );
  const objects = [...newest.values()]
    .filter(({ key }) => seen.has(key))
    .map(({ key, id: versionId, size, at }) => ({ key, versionId, size, at: new Date(at).toISOString() }));
  const moment = new Date().toISOString();
  const parts = Object.fromEntries(
    PARTS.map((part) => [part, { at: moment, objects: objects.filter(({ key }) => key.includes(`/forge/${part}/`)) }]),
  );
  return { moment, host: 'alpha', incarnation: id, service: 'forge', complete: true, parts };
}
const prove = async (plan?: Plan) =>
  keepPoint(
    root,
    bucket,
    { moment: new Date().toISOString(), host: 'alpha', plans: [plan ?? (await planned())] },
    KEEP,
  );
const needed = ({ parts }: Plan, of: ReadonlyArray<(typeof PARTS)[number]> = PARTS) =>
  of.flatMap((part) => parts[part]?.objects ?? []).map(({ key, versionId }) => `${key} ${versionId}`);

async function prune(client = pruner): Promise<Freed> {
  const freed = { versions: 0, bytes: 0, locked: 0 };
  for await (const removal of removals(client, bucket, WINDOWS)) await remove(client, bucket, removal, freed);
  // What kept points need is not even asked for.
  expect(freed.locked).toBe(0);
  return freed;
}

/** Which of these the store has no more, or not whole. */
async function lost(versions: string[]): Promise<string[]> {
  const read = versions.map(async (version) => {
    const [Key = '', VersionId] = version.split(' ');
    return root.send(new GetObjectCommand({ Bucket: bucket, Key, VersionId })).then(
      async ({ Body }) => ((await Body?.transformToString()) === Key ? [] : [version]),
      () => [version],
    );
  });
  return (await Promise.all(read)).flat();
}

/** The pruner, killed after the first request that removes anything. */
function killed(): S3Client {
  const client = storeClient({ ...store.admin, accessKey: prunerOf(bucket), secretKey: 'of-the-pruner' });
  let left = 1;
  client.middlewareStack.add((next, { commandName }) => (args) => {
    if (commandName === 'DeleteObjectsCommand' && left-- === 0) throw new Error('killed');
    return next(args);
  });
  return client;
}

test('a proof locks what it read for as long as its part says, and writes down what that was', async () => {
  await newBucket('points');
  expect(await listPoints(root, bucket)).toEqual([]);
  expect(await readPoint(root, bucket)).toBeUndefined();
  await write('1', 0);
  const [plan, other] = [await planned(), '1/forge/files/data/00/other'];
  await put(other);
  const first = await prove(plan);
  const days = async (key: string) => {
    const object = PARTS.flatMap((part) => plan.parts[part]?.objects ?? []).find((one) => one.key === key)!;
    return Math.round(((await lockedUntil(root, bucket, object))!.getTime() - Date.now()) / 86_400_000);
  };
  expect(await Promise.all(ofHour('1', 0).map(days))).toEqual([3, 3, 3, 30, 30, 30, 30, 30]);
  const [unread] = await versionsOf(root, bucket, other);
  expect(await lockedUntil(root, bucket, { key: other, versionId: unread!.id })).toBeUndefined();
  const second = await prove();
  expect(await listPoints(root, bucket)).toEqual([first.moment, second.moment]);
  expect(await readPoint(root, bucket)).toEqual(second);
  expect(await readPoint(root, bucket, first.moment)).toEqual(first);
  expect(await readPoint(root, bucket, '2020-01-01T00:00:00Z')).toBeUndefined();
  // The point itself cannot be removed before its end.
  const [point] = await versionsOf(root, bucket, `points/${first.moment}`);
  expect((await lockedUntil(root, bucket, { key: point!.key, versionId: point!.id }))?.toISOString()).toBe(
    endOf(first),
  );
});

test('killed after any of its requests it leaves all that is seen and kept, and the next run ends it', async () => {
  await newBucket('killed');
  await write('1', 0);
  await prove();
  await inTurn(ofHour('1', 0), hide);
  await write('1', 1);
  await store.age(bucket, 8);
  await inTurn(ofHour('1', 1).slice(0, 3), hide);
  await write('1', 2);
  const points = [(await readPoint(root, bucket))!, await prove()];
  const kept = [...needed(points[0].plans[0]!, ['repositories', 'files']), ...needed(points[1]!.plans[0]!)];
  const seen = await keysBelow(root, bucket, '');
  let runs = 0;
  for (let isDone = false; !isDone; runs++) {
    const client = killed();
    isDone = await prune(client).then(
      () => true,
      (error: Error) => {
        expect(error.message).toBe('killed');
        return false;
      },
    );
    client.destroy();
    expect(await keysBelow(root, bucket, '')).toEqual(seen);
    expect(await lost(kept)).toEqual([]);
  }
  expect(runs).toBe(3);
  expect(await all('1/forge/database/0/')).toEqual([]);
  // Their window has not passed.
  expect(await all('1/forge/database/1/')).toHaveLength(6);
  expect(await prune()).toEqual({ versions: 0, bytes: 0, locked: 0 });
});

test('with everything hidden, all that was proved stays, and the rest goes with its window only', async () => {
  await newBucket('hidden');
  await write('1', 0);
  await prove();
  await put('1/forge/files/data/00/later');
  await inTurn(await keysBelow(root, bucket, '1/'), hide);
  expect(await prune()).toEqual({ versions: 0, bytes: 0, locked: 0 });
  // The lock of the database has run out, so only the point keeps that.
  await store.age(bucket, 4);
  expect((await prune()).versions).toBeGreaterThan(0);
  expect(await all('1/forge/files/data/00/later')).toEqual([]);
  expect(await lost(needed((await readPoint(root, bucket))!.plans[0]!))).toEqual([]);
});

test('what an older lock holds is left, with what hides it', async () => {
  await newBucket('locked');
  await write('1', 0);
  const point = await prove();
  await inTurn(ofHour('1', 0), hide);
  // Of its plan only the first part is written down, so that nothing tells of the other locks.
  await put(`points/${point.moment}.json`, JSON.stringify({ ...point, plans: [] }));
  const before = await all('1/forge/database/');
  const freed = { versions: 0, bytes: 0, locked: 0 };
  for await (const removal of removals(pruner, bucket, WINDOWS, Date.now() + 3 * 86_400_000))
    await remove(pruner, bucket, removal, freed);
  expect(freed.locked).toBe(6);
  expect(await all('1/forge/database/')).toEqual(before);
  expect(await keysBelow(root, bucket, '1/forge/database/')).toEqual([]);
});

test('of a dead host that nobody rebuilt each proof locks the newest point again, and nothing of it goes', async () => {
  await newBucket('dead');
  await write('1', 0);
  await prove();
  for (const days of [29, 29, 29]) {
    await store.age(bucket, days);
    const { plans } = (await readPoint(root, bucket))!;
    const { moment } = await prove(plans[0]);
    await prune();
    await store.age(bucket, 2);
    await prune();
    // The one before has run out by now.
    expect(await listPoints(root, bucket)).toHaveLength(1);
    const point = (await readPoint(root, bucket))!;
    expect(Date.parse(moment) - Date.parse(point.moment)).toBe(2 * 86_400_000);
    expect(await lost(needed(point.plans[0]!))).toEqual([]);
    for (const object of PARTS.flatMap((part) => point.plans[0]!.parts[part]!.objects))
      expect((await lockedUntil(root, bucket, object))!.getTime()).toBeGreaterThan(Date.now());
  }
});

test('what a newer incarnation replaced goes after the days of the coarsest tier, registrations stay', async () => {
  await newBucket('replaced');
  await write('1', 0);
  await prove();
  await becomes('2');
  await write('2', 1);
  const plan = await planned('2');
  await prove(plan);
  await store.age(bucket, 29);
  await prove((await readPoint(root, bucket))!.plans[0]);
  await prune();
  expect((await keysBelow(root, bucket, '1/')).length).toBeGreaterThan(8);
  await store.age(bucket, 2);
  const seen = await keysBelow(root, bucket, '2/');
  await prune();
  expect(await all('1/')).toEqual([]);
  expect(await keysBelow(root, bucket, '2/')).toEqual(seen);
  expect(await keysBelow(root, bucket, 'primaries/')).toEqual(['primaries/1.json', 'primaries/2.json']);
});

test('the pruner’s key reads no backup, writes nothing and hides nothing; one that can is found out, and leaves nothing behind', async () => {
  await newBucket('rights');
  await write('1', 0);
  await prove();
  const [Key = '', VersionId] = (await all('1/'))[0]!.split(' ');
  for (const command of [
    new GetObjectCommand({ Bucket: bucket, Key, VersionId }),
    new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }),
    new DeleteObjectCommand({ Bucket: bucket, Key }),
  ])
    await expect(pruner.send(command as PutObjectCommand)).rejects.toThrow(/Access Denied/);
  expect(await writable(pruner, bucket)).toBeUndefined();
  const before = await all();
  for (const Action of ['s3:PutObject', 's3:DeleteObject']) {
    const { Statement, ...policy } = policyOf(accountOf('1')) as { Statement: object[] };
    const more = {
      Effect: 'Allow',
      Principal: { AWS: [prunerOf(bucket)] },
      Action,
      Resource: `arn:aws:s3:::${bucket}/1/*`,
    };
    await root.send(
      new PutBucketPolicyCommand({
        Bucket: bucket,
        Policy: JSON.stringify({ ...policy, Statement: [...Statement, more] }),
      }),
    );
    expect(await writable(pruner, bucket)).toBe('rights/1/');
  }
  expect(await writable(root, bucket)).toBe('rights/');
  expect(await all()).toEqual(before);
});

test('a window that is shorter than a tier is refused in one line', () => {
  expect(WINDOWS).toEqual({ repositories: 168 * HOUR_MS, others: 48 * HOUR_MS, replaced: 720 * HOUR_MS });
  const hours = declarations.alpha.backup.keep.hourlyDays * 24;
  expect(windowsOf(declarations.alpha, hours).others).toBe(hours * HOUR_MS);
  expect(() => windowsOf(declarations.alpha, hours - 1)).toThrow(
    `a window of ${hours - 1} h is shorter than the ${hours} h`,
  );
});
