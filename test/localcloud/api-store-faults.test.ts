import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { versitygw } from '../../components/store/versitygw';
import { Harness } from './api-harness';

let cloud: Harness;
beforeEach(async () => {
  cloud = await new Harness().start();
});
afterEach(() => cloud.stop());

const file = (key: string) => join(cloud.storeFolder, 'buckets/fleet', key);

/** An object as the server lays it down. */
function object(key: string, text: string, at: number): void {
  mkdirSync(dirname(file(key)), { recursive: true });
  writeFileSync(file(key), text);
  utimesSync(file(key), at, at);
}

function oldVersion(key: string): string {
  const hash = createHash('sha256').update(key).digest('hex');
  const path = join(
    cloud.storeFolder,
    'versions/fleet',
    hash.slice(0, 2),
    hash.slice(2, 4),
    hash.slice(4, 6),
    hash,
    'V1',
  );
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, 'old');
  return path;
}

test('the store goes away in one of two ways and comes back', async () => {
  expect((await cloud.get('/_cloud/status')).body.store).toBe('answers');
  for (const how of ['hang', 'refuse', 'refuse'])
    expect((await cloud.post('/_cloud/store/away', { how })).body).toEqual({ store: how });
  expect((await cloud.get('/_cloud/status')).body.store).toBe('refuse');
  for (let time = 0; time < 2; time++)
    expect((await cloud.post('/_cloud/store/back')).body).toEqual({ store: 'answers' });
  expect((await cloud.post('/_cloud/store/away', { how: 'slow' })).status).toBe(422);
});

test('corrupt changes the middle of the newest object below a prefix, and nothing else about it', async () => {
  object('1001/gitea/a', 'a'.repeat(100), 1000);
  object('1001/gitea/b/new', 'b'.repeat(100), 2000);
  object('1001/gitea/empty', '', 3000);
  object('1001/heartbeat.json', '{}', 4000);
  const answer = await cloud.post('/_cloud/store/corrupt', { bucket: 'fleet', prefix: '1001/gitea/' });
  expect(answer.body).toEqual({
    corrupted: { key: '1001/gitea/b/new', bytes: 100, writtenAt: '1970-01-01T00:33:20.000Z' },
  });
  const after = readFileSync(file('1001/gitea/b/new'));
  expect(after.subarray(0, 42).toString()).toBe('b'.repeat(42));
  expect(after.subarray(58).toString()).toBe('b'.repeat(42));
  expect(after.subarray(42, 58).includes('bb')).toBe(false);
  expect(statSync(file('1001/gitea/b/new')).mtimeMs).toBe(2_000_000);
  await cloud.post('/_cloud/store/corrupt', { bucket: 'fleet', prefix: '1001/gitea/' });
  expect(readFileSync(file('1001/gitea/b/new'))).toEqual(after);
  expect(
    (await cloud.post('/_cloud/store/corrupt', { bucket: 'fleet', key: '1001/heartbeat.json' })).body.corrupted.key,
  ).toBe('1001/heartbeat.json');
  expect(readFileSync(file('1001/heartbeat.json'), 'latin1')).not.toBe('{}');
  expect(readFileSync(file('1001/gitea/a'), 'utf8')).toBe('a'.repeat(100));
});

test('drop removes what lies below a prefix with its older versions, and is done twice without harm', async () => {
  object('1001/gitea/a', 'a', 1000);
  object('1002/gitea/a', 'a', 1000);
  const [gone, kept] = [oldVersion('1001/gitea/a'), oldVersion('1002/gitea/a')];
  const drop = async () => (await cloud.post('/_cloud/store/drop', { bucket: 'fleet', prefix: '1001/' })).body;
  expect(await drop()).toEqual({ dropped: 1 });
  expect([file('1001/gitea/a'), gone, file('1002/gitea/a'), kept].map((path) => existsSync(path))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(await drop()).toEqual({ dropped: 0 });
});

test('age sets back what a bucket holds, and what its kept points say of it', async () => {
  object('1001/a', 'a', 1_000_000);
  const id = '01KBAR3V9Q0000000000000000';
  const point = { moment: '2026-11-30T21:00:00.000Z', versionId: id };
  object('points/2026-11-30T21:00:00.000Z.json', JSON.stringify(point), 1_000_000);
  expect((await cloud.post('/_cloud/store/age', { bucket: 'fleet', days: 2.5 })).body).toEqual({ aged: 2.5 });
  expect(statSync(file('1001/a')).mtimeMs).toBe(1_000_000_000 - 2.5 * 86_400_000);
  const aged = JSON.parse(readFileSync(file('points/2026-11-28T09:00:00.000Z.json'), 'utf8')) as typeof point;
  expect(aged.moment).toBe('2026-11-28T09:00:00.000Z');
  const writtenAt = (VersionId: string) => versitygw.writtenAt({ VersionId });
  expect(writtenAt(id) - writtenAt(aged.versionId)).toBe(2.5 * 86_400_000);
  expect((await cloud.post('/_cloud/store/age', { bucket: 'fleet', days: 0 })).status).toBe(422);
});

test.each([
  ['nothing below the prefix', { bucket: 'fleet', prefix: 'none/' }, 404],
  ['an unknown bucket', { bucket: 'none', prefix: '' }, 404],
  ['a key outside of its bucket', { bucket: 'fleet', key: '../../accounts/users.json' }, 422],
  ['a bucket that is a path', { bucket: '../accounts', prefix: '' }, 422],
  ['neither key nor prefix', { bucket: 'fleet' }, 422],
])('corrupt refuses %s', async (_what, body, status) => {
  object('1001/a', 'a', 1000);
  expect((await cloud.post('/_cloud/store/corrupt', body)).status).toBe(status);
});
