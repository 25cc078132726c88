/** The account that a proof reads with, on a real store. */
import { DeleteBucketPolicyCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  ensureAccount,
  ensureBucket,
  grantOnly,
  isWriter,
  renewAccount,
  revokeAll,
  revokeWriter,
} from '../../components/store/admin';
import { closeAccount, removeAccount } from '../../components/store/accounts';
import { storeClient, type StoreAccess } from '../../components/store/client';
import { prunerOf, readerOf, standbyOf, type StoreAccount } from '../../components/store/names';
import { newestEvidence, writeEvidence } from '../../scripts/verify/evidence';
import { TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/tools';
import { startStore, type TestStore } from './store';

let store: TestStore;
let admin: StoreAccess;

beforeAll(async () => {
  store = await startStore();
  ({ admin } = store);
}, TOOLS_TIMEOUT_MS);
afterAll(() => store?.end());

const as = ({ accessKey, secretKey }: StoreAccount) => storeClient({ ...admin, accessKey, secretKey });
const reads = (account: StoreAccount) =>
  as(account)
    .send(new GetObjectCommand({ Bucket: 'bucket', Key: '1/x' }))
    .then(({ Body }) => Body!.transformToString());
const writes = (account: StoreAccount, key: string) =>
  as(account).send(new PutObjectCommand({ Bucket: 'bucket', Key: key, Body: 'y' }));

test('it reads everything of the host and writes nothing; made anew, the secret of before is worth nothing', async () => {
  const root = storeClient(admin);
  const host: StoreAccount = { bucket: 'bucket', prefix: '1', accessKey: 'b-1', secretKey: 'of-the-host' };
  const unknown: StoreAccount = { ...host, accessKey: readerOf('bucket'), secretKey: 'nobody-knows' };
  await ensureBucket(root, 'bucket');
  await ensureAccount(admin, host);
  await ensureAccount(admin, unknown);
  await ensureAccount(admin, { ...unknown, accessKey: prunerOf('bucket') });
  await grantOnly(root, host);
  await writes(host, '1/x');
  const proof = { ...unknown, prefix: '2', secretKey: 'of-the-proof' };
  await renewAccount(admin, proof);
  expect(await reads(proof)).toBe('y');
  for (const key of ['1/x', '2/x', 'x']) await expect(writes(proof, key)).rejects.toThrow(/Access Denied/);
  await expect(reads(unknown)).rejects.toThrow();
  const next = { ...proof, secretKey: 'of-the-next' };
  await renewAccount(admin, next);
  await expect(reads(proof)).rejects.toThrow();
  // The host itself is not touched by any of this.
  await writes(host, '1/z');
  // A host that is gone loses its key, and nobody else theirs.
  await revokeWriter(root, 'bucket');
  await expect(writes(host, '1/z')).rejects.toThrow(/Access Denied/);
  expect(await isWriter(root, host)).toBe(false);
  expect(await reads(next)).toBe('y');
  // After a proof the account is of no use, and still in the way of no policy.
  await closeAccount(admin, next.accessKey);
  await expect(reads(next)).rejects.toThrow();
  await grantOnly(root, host);
  await removeAccount(admin, next.accessKey);
  await revokeWriter(root, 'bucket');
  await expect(writes(host, '1/z')).rejects.toThrow(/denied|deny/i);
});

test('who may write to a bucket is what the store would let happen', async () => {
  const root = storeClient(admin);
  const [own, next]: StoreAccount[] = ['1', '2'].map((prefix) => ({
    bucket: 'written',
    prefix,
    accessKey: `w-${prefix}`,
    secretKey: 'of-the-host',
  }));
  const writers = () => Promise.all([own, next].map((account) => isWriter(root, account)));
  expect(await writers()).toEqual([false, false]);
  await ensureBucket(root, 'written');
  expect(await writers()).toEqual([false, false]);
  for (const accessKey of [
    own.accessKey,
    next.accessKey,
    readerOf('written'),
    prunerOf('written'),
    standbyOf('written'),
  ])
    await ensureAccount(admin, { ...own, accessKey });
  await grantOnly(root, own, true);
  expect(await writers()).toEqual([true, false]);
  await grantOnly(root, next);
  expect(await writers()).toEqual([false, true]);
  await revokeAll(root, 'written');
  expect(await writers()).toEqual([false, false]);
  await grantOnly(root, own);
  await root.send(new DeleteBucketPolicyCommand({ Bucket: 'written' }));
  expect(await writers()).toEqual([false, false]);
});

test('the newest evidence of a host is found, also where another host has newer', async () => {
  const root = storeClient(admin);
  expect(await newestEvidence(root, 'evidence', 'alpha')).toBeUndefined();
  await ensureBucket(root, 'evidence');
  expect(await newestEvidence(root, 'evidence', 'alpha')).toBeUndefined();
  const evidence = {
    stack: 's',
    host: 'alpha',
    startedAt: '2026-01-01T00:00:00.000Z',
    engine: 'e',
    restored: [],
    checks: [],
    ok: true,
  };
  for (const [host, endedAt] of [
    ['alpha', '2026-01-02T00:00:00.000Z'],
    ['alpha', '2026-01-03T00:00:00.000Z'],
    ['beta', '2026-01-04T00:00:00.000Z'],
  ])
    await writeEvidence(root, 'evidence', { ...evidence, host, endedAt }, { dailyDays: 1 });
  expect((await newestEvidence(root, 'evidence', 'alpha'))?.endedAt).toBe('2026-01-03T00:00:00.000Z');
});
