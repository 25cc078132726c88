/** The lease of a stack, on a real store. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { isGone, thisHolder } from '../../components/holder';
import { storeClient } from '../../components/store/client';
import { breakLease, HeldLease, readLease, type Holder } from '../../components/store/lease';
import { TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/tools';
import { startStore, type TestStore } from './store';

let store: TestStore;
let client: S3Client;

beforeAll(async () => {
  store = await startStore();
  client = storeClient(store.admin);
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  client?.destroy();
  store?.end();
});

const anna: Holder = { who: 'anna@laptop', pid: 11, place: 'there', since: '2026-11-30T03:00:00.000Z' };
const bert: Holder = { who: 'bert@desk', pid: 12, place: 'elsewhere', since: '2026-11-30T03:05:00.000Z' };
const lives = () => false;
const take = (bucket: string, holder: Holder, gone: (holder: Holder) => boolean = lives) =>
  HeldLease.take(client, bucket, { holder, isGone: gone });

test('one holder at a time; the second one is told who it is, since when, and gets it once it was given back', async () => {
  const first = await take('one', anna);
  await expect(take('one', bert)).rejects.toThrow(
    'anna@laptop (process 11, since 2026-11-30T03:00:00.000Z) is changing it',
  );
  await first.check();
  await first.renew();
  await first.release();
  expect(await readLease(client, 'one')).toMatchObject({ generation: 1, holder: null });
  await (await take('one', bert)).check();
  await expect(first.check()).rejects.toThrow('bert@desk (process 12, since 2026-11-30T03:05:00.000Z) has taken it');
  await expect(first.renew()).rejects.toThrow('bert@desk');
  // Giving back what it lost takes it from nobody.
  await first.release();
  expect(await readLease(client, 'one')).toMatchObject({ generation: 2, holder: bert });
});

test('of many that take it at once one gets it', async () => {
  const holders = Array.from({ length: 12 }, (_, index) => ({ ...anna, pid: 100 + index }));
  const results = await Promise.allSettled(holders.map((holder) => take('many', holder)));
  const won = results.flatMap(({ status }, index) => (status === 'fulfilled' ? [holders[index]] : []));
  expect(won).toHaveLength(1);
  expect((await readLease(client, 'many'))?.holder).toEqual(won[0]);
});

test('a holder that is provably gone is no holder; its late writing is refused', async () => {
  const first = await take('gone', anna);
  const second = await take('gone', bert, ({ pid }) => pid === anna.pid);
  await expect(first.renew()).rejects.toThrow('bert@desk');
  await second.check();
});

test('it is broken only once its holder says nothing any more', async () => {
  const held = await take('broken', anna);
  await expect(breakLease(client, 'broken')).rejects.toThrow(/anna@laptop.*said \d+ s ago that it lives/);
  await held.check();
  expect(await breakLease(client, 'broken', -1)).toEqual(anna);
  await expect(held.check()).rejects.toThrow('it was broken meanwhile');
  expect(await breakLease(client, 'broken', -1)).toBeNull();
  expect(await breakLease(client, 'no-such-bucket')).toBeNull();
});

test('something else in its place is nobody’s lease', async () => {
  await (await take('junk', anna)).release();
  await client.send(new PutObjectCommand({ Bucket: 'junk', Key: 'lease.json', Body: '{"generation":"x"' }));
  await (await take('junk', bert)).check();
});

test('who lost it to junk is not taken for the next holder, whose generation is the same', async () => {
  const first = await take('again', anna);
  await client.send(new PutObjectCommand({ Bucket: 'again', Key: 'lease.json', Body: 'junk' }));
  const second = await take('again', bert);
  expect(await readLease(client, 'again')).toMatchObject({ generation: 1, holder: bert });
  await expect(first.check()).rejects.toThrow('bert@desk');
  await second.check();
});

test('a process is gone only where its number can be looked up, and no more before that', async () => {
  const child = spawn('sleep', ['60']);
  const holder = { ...thisHolder(), pid: child.pid! };
  expect(isGone(holder)).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isGone(holder)).toBe(true);
  expect(isGone({ ...holder, place: 'another boot' })).toBe(false);
  expect(isGone({ ...holder, place: undefined })).toBe(false);
  // This process runs; one that had its number before it began is gone.
  expect(isGone({ ...holder, pid: process.pid, since: '2001-01-01T00:00:00Z' })).toBe(true);
});
