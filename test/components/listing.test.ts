/** What is listed for a plan, on the real gateway: as much as is alive, and each version once. */
import { createHash } from 'node:crypto';
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ensureBucket } from '../../components/store/admin';
import { storeClient } from '../../components/store/client';
import { listingOf } from '../../components/store/listing';
import { versionsOf } from '../../components/store/objects';
import { TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/tools';
import { startStore, type TestStore } from './store';

const Bucket = 'bucket';
let store: TestStore;
let root: S3Client;

beforeAll(async () => {
  store = await startStore();
  root = storeClient(store.admin);
  await ensureBucket(root, Bucket);
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  root?.destroy();
  store?.end();
});

const put = (Key: string, Body: string) => root.send(new PutObjectCommand({ Bucket, Key, Body }));
const hide = (Key: string) => root.send(new DeleteObjectCommand({ Bucket, Key }));
const entry = (repository: string, stamp: number, content: string) =>
  `1/forge/repositories/${repository}/${1_700_000_000_000 + stamp}-${stamp ? 'delta' : 'base'}-${createHash('md5').update(content).digest('hex')}.age`;

test('of repositories what is visible is listed, and its versions only where one of them is not what its name says', async () => {
  for (const repository of ['o__one.git', 'o__two.git'])
    for (let stamp = 0; stamp < 4; stamp++) {
      const key = entry(repository, stamp, `${stamp}`);
      await put(key, `${stamp}`);
      if (stamp === 2) await hide(key);
    }
  const forged = entry('o__two.git', 3, '3');
  await put(forged, 'forged');
  const listed = await listingOf(root, Bucket, '1/forge/', ['repositories'])();
  const of = (repository: string) => listed.filter(({ key }) => key.includes(repository));
  expect(of('o__one.git').map(({ key, id }) => [key, id])).toEqual(
    [0, 1, 3].map((stamp) => [entry('o__one.git', stamp, `${stamp}`), '']),
  );
  expect(of('o__two.git')).toHaveLength(4);
  expect(of('o__two.git').every(({ id }) => id !== '')).toBe(true);
  expect(of('o__two.git').filter(({ key }) => key === forged)).toHaveLength(2);
  expect(of('o__two.git').filter(({ key }) => key === entry('o__two.git', 2, '2'))).toEqual([]);
});

test('what is only shown has no versions and nothing that is hidden', async () => {
  const snapshot = `1/forge/files/snapshots/${'a'.repeat(64)}`;
  await put(snapshot, 'one');
  await put(snapshot, 'two');
  const other = `1/forge/files/snapshots/${'b'.repeat(64)}`;
  await put(other, 'one');
  await hide(other);
  const listed = (onlyShown: boolean) => listingOf(root, Bucket, '1/forge/', ['files'], { onlyShown })();
  expect((await listed(true)).map(({ key, size }) => [key, size])).toEqual([[snapshot, 3]]);
  expect(await listed(false)).toHaveLength(4);
});

test('a version is told once, wherever a page of the listing ends', async () => {
  for (let n = 0; n < 340; n++) {
    await put(`1/many/${n}`, 'one');
    await put(`1/many/${n}`, 'two');
    await hide(`1/many/${n}`);
  }
  const listed = await versionsOf(root, Bucket, '1/many/');
  expect(listed).toHaveLength(1020);
  expect(new Set(listed.map(({ key, id }) => `${key} ${id}`)).size).toBe(1020);
});
