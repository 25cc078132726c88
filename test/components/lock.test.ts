/** What the store promises to keep it keeps, however much later: the S3 server that the embedded cloud runs, with its bucket set back in time. */
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { ensureBucket } from '../../components/store/admin';
import { storeClient } from '../../components/store/client';
import { lockBucket, lockedUntil } from '../../components/store/lock';
import { SECRETS, Store, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';
import { judgeLock } from '../../scripts/status/judge';
import { declarations } from '../../stacks';

const DAY_MS = 86_400_000;
const { hourlyDays: retentionDays } = declarations.alpha.backup.keep;
const lockDays = 36_500;
let store: Store;
/** The administrator, who may do anything that a store lets anybody do. */
let client: S3Client;

beforeAll(async () => {
  store = await Store.start();
  client = storeClient({
    endpoint: store.endpoint,
    region: 'us-east-1',
    accessKey: SECRETS.access,
    secretKey: SECRETS.secret,
  });
}, TOOLS_TIMEOUT_MS);

afterAll(() => {
  client?.destroy();
  store?.stop();
});

const put = async (Bucket: string, Key = 'one/gitea/files/data/1') =>
  (await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }))).VersionId!;
const remove = (Bucket: string, VersionId: string, Key = 'one/gitea/files/data/1') =>
  client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
const retain = (Bucket: string, VersionId: string, at: number, Mode: 'COMPLIANCE' | 'GOVERNANCE' = 'COMPLIANCE') =>
  client.send(
    new PutObjectRetentionCommand({
      Bucket,
      Key: 'one/gitea/files/data/1',
      VersionId,
      Retention: { Mode, RetainUntilDate: new Date(at) },
    }),
  );

test('what the fleet wrote is kept for as long as it says on the day after the last grant plus that, and a hundred days and ten years later', async () => {
  await ensureBucket(client, 'forever', lockDays);
  const first = await put('forever');
  for (const days of [retentionDays + 1, 100, 3650]) {
    store.age('forever', days);
    // What is written now as well as what was written at first, and what was written over or hidden.
    const fresh = await put('forever');
    await client.send(new DeleteObjectCommand({ Bucket: 'forever', Key: 'one/gitea/files/data/1' }));
    for (const version of [first, fresh]) await expect(remove('forever', version)).rejects.toThrow(/object lock/i);
    expect(
      judgeLock('forever', (await lockedUntil(client, 'forever'))!, retentionDays, Date.now()).reason,
    ).toBeUndefined();
  }
});

test('a lock of days ends with them for old and new alike; until when it lasts is known, and said before it ends', async () => {
  await ensureBucket(client, 'month', 30);
  const until = (await lockedUntil(client, 'month'))!.getTime();
  expect(Math.abs(until - Date.now() - 30 * DAY_MS)).toBeLessThan(DAY_MS);
  const version = await put('month');
  store.age('month', 29);
  await expect(remove('month', version)).rejects.toThrow(/object lock/i);
  expect(judgeLock('month', (await lockedUntil(client, 'month'))!, 30, Date.now()).reason).toMatch(
    /sooner than the 30 days/,
  );
  store.age('month', 2);
  expect(judgeLock('month', (await lockedUntil(client, 'month'))!, 30, Date.now()).reason).toMatch(/has ended/);
  await remove('month', version);
  const fresh = await put('month');
  await lockBucket(client, 'month', 30);
  await expect(remove('month', fresh)).rejects.toThrow(/object lock/i);
});

test('an object that has its own retention is held by that and let go of with it, which no right can shorten', async () => {
  await ensureBucket(client, 'own', lockDays);
  const [released, held] = [await put('own'), await put('own')];
  await retain('own', released, Date.now() + 30 * DAY_MS);
  await retain('own', held, Date.now() + 90 * DAY_MS);
  await expect(retain('own', held, Date.now() + DAY_MS)).rejects.toThrow(/object lock/i);
  await expect(retain('own', held, Date.now() + 100 * DAY_MS, 'GOVERNANCE')).rejects.toThrow(/object lock/i);
  await expect(remove('own', released)).rejects.toThrow(/object lock/i);
  store.age('own', 31);
  await remove('own', released);
  await expect(remove('own', held)).rejects.toThrow(/object lock/i);
});

test('a bucket that is not there, or that nobody locked, is no locked one', async () => {
  expect(await lockedUntil(client, 'nowhere')).toBeUndefined();
  await client.send(new CreateBucketCommand({ Bucket: 'open' }));
  expect(await lockedUntil(client, 'open')).toBeNull();
});
