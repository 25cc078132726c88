/** Locks of single versions, on the S3 server that the embedded cloud runs, with its bucket set back in time. */
import { DeleteObjectCommand, DeleteObjectsCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ensureBucket } from '../../components/store/admin';
import { storeClient } from '../../components/store/client';
import { lockedUntil, lockVersions } from '../../components/store/lock';
import { versionsOf } from '../../components/store/objects';
import { TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/tools';
import { startStore, type TestStore } from './store';

const KEY = 'one/gitea/files/data/1';
let store: TestStore;
/** The administrator, who may do anything that a store lets anybody do. */
let client: S3Client;

beforeAll(async () => {
  store = await startStore();
  client = storeClient(store.admin);
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  client?.destroy();
  store?.end();
});

const put = async (Bucket: string, Key = KEY) => {
  const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  return { key: Key, versionId: VersionId! };
};
const remove = (Bucket: string, { key: Key, versionId: VersionId }: { key: string; versionId: string }) =>
  client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const left = async (bucket: string) => (await versionsOf(client, bucket)).map(({ id }) => id);

test('a locked version is removed for nobody, hidden or written over too; what has no lock, or one that ran out, goes', async () => {
  await ensureBucket(client, 'locks');
  const [month, day, none] = [await put('locks'), await put('locks'), await put('locks')];
  await lockVersions(client, 'locks', [month], inDays(30));
  await lockVersions(client, 'locks', [day], inDays(1));
  await client.send(new DeleteObjectCommand({ Bucket: 'locks', Key: KEY }));
  await remove('locks', none);
  for (const version of [month, day]) await expect(remove('locks', version)).rejects.toThrow(/object lock/i);
  await store.age('locks', 2);
  const [kept, gone] = (await versionsOf(client, 'locks'))
    .filter(({ hidden }) => !hidden)
    .sort((a, b) => a.at - b.at)
    .map(({ key, id }) => ({ key, versionId: id }));
  await remove('locks', gone!);
  await expect(remove('locks', kept!)).rejects.toThrow(/object lock/i);
  // Asked for together, each version is answered for itself.
  const [marker] = (await versionsOf(client, 'locks')).filter(({ hidden }) => hidden);
  const Objects = [kept!, { key: KEY, versionId: marker!.id }].map(({ key, versionId }) => ({
    Key: key,
    VersionId: versionId,
  }));
  const { Errors, Deleted } = await client.send(new DeleteObjectsCommand({ Bucket: 'locks', Delete: { Objects } }));
  expect(Errors?.map(({ VersionId }) => VersionId)).toEqual([kept!.versionId]);
  expect(Deleted?.map(({ VersionId }) => VersionId)).toEqual([marker!.id]);
  expect(await left('locks')).toEqual([kept!.versionId]);
});

test('a lock is made longer and never shorter, and one that could not be set is an error', async () => {
  await ensureBucket(client, 'longer');
  const version = await put('longer');
  const until = async () => (await lockedUntil(client, 'longer', version))?.toISOString();
  expect(await until()).toBeUndefined();
  const [day, week] = [inDays(1), inDays(7)];
  await lockVersions(client, 'longer', [version], day);
  expect(await until()).toBe(day);
  await lockVersions(client, 'longer', [version], week);
  await lockVersions(client, 'longer', [version], day);
  expect(await until()).toBe(week);
  const missing = { key: KEY, versionId: '01ARZ3NDEKTSV4RRFFQ69G5FAV' };
  await expect(lockVersions(client, 'longer', [version, missing], week)).rejects.toThrow();
});
