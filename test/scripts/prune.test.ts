/** `fleet prune` on a real store: what it says, what it refuses, and that it does what it said. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutBucketPolicyCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ensureAccount, ensureBucket, grantOnly, revokeAll } from '../../components/store/admin';
import { storeClient } from '../../components/store/client';
import { prunerOf, readerOf, type StoreAccount } from '../../components/store/names';
import { versionsOf } from '../../components/store/objects';
import { keepPoint } from '../../components/store/points';
import { main } from '../../scripts/fleet';
import { TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/tools';
import { secretsOfStack } from '../../services/secrets';
import { servicesOf } from '../../stacks/model/validate';
import { declarations } from '../../stacks';
import { startStore, type TestStore } from '../components/store';
import { openStackFile, PASSPHRASE } from '../fixtures/passphrase';
import { parsedSettings, testSecrets, testSettings } from '../program/mocks';

jest.setTimeout(120_000);

const bucket = 'backups-timmy-alpha-alpha';
const account: StoreAccount = { bucket, prefix: '1', accessKey: `${bucket}-1`, secretKey: 'of-the-host' };
const environment = { ...process.env };
let store: TestStore;
let root: S3Client;
let out: string;
let err: string;

beforeAll(async () => {
  store = await startStore();
  root = storeClient(store.admin);
  const path = join(mkdtempSync(join(tmpdir(), 'fleet-prune-')), 'Pulumi.alpha.yaml');
  const file = await openStackFile(path);
  const { hosts } = declarations.alpha;
  const names = hosts.map(({ name }) => name);
  const { endpoint, region, accessKey, secretKey } = store.admin;
  const plain = { ...testSettings(names), ...parsedSettings(), store: { endpoint, region, bucketPrefix: 'backups' } };
  for (const [key, value] of Object.entries(plain)) file.setPlain(`fleet:${key}`, value);
  const secrets = {
    ...testSecrets(names, hosts.flatMap(servicesOf)),
    storeAccessKey: accessKey,
    storeSecretKey: secretKey,
  };
  for (const { key } of secretsOfStack(declarations.alpha))
    file.setSecret(`fleet:${key}`, (secrets as Record<string, string>)[key] ?? '');
  file.save();
  Object.assign(process.env, { FLEET_CONFIG_FILE: path, PULUMI_CONFIG_PASSPHRASE: PASSPHRASE });
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  process.env = environment;
  root?.destroy();
  store?.end();
});
beforeEach(() => {
  [out, err] = ['', ''];
  process.exitCode = undefined;
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean((out += String(text))));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean((err += String(text))));
});
afterEach(() => jest.restoreAllMocks());

const prune = (...args: string[]) => main(['prune', '--stack', 'alpha', ...args]);
const put = (Key: string) => root.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key }));
const prove = () =>
  keepPoint(
    root,
    bucket,
    { moment: new Date().toISOString(), host: 'alpha', plans: [] },
    declarations.alpha.backup.keep,
  );
const all = async () => (await versionsOf(root, bucket)).map(({ key, id }) => `${key} ${id}`).sort();

test('of a host that was never made there is nothing to prune', async () => {
  expect(await prune()).toBe(0);
  expect(out).toBe('Everything in the store is needed still.\n');
});

test('a store that nobody proved, or not lately, is not touched; nor is one by a key that can write', async () => {
  await ensureBucket(root, bucket);
  for (const accessKey of [account.accessKey, readerOf(bucket), prunerOf(bucket)])
    await ensureAccount(store.admin, { ...account, accessKey });
  await grantOnly(root, account);
  for (const turn of [1, 2, 3]) await put(`1/host/heartbeat.json`).then(() => turn);
  expect(await prune('--yes')).toBe(1);
  expect(err).toContain('Nothing of alpha was pruned: alpha: nothing of its backups is kept by a proof yet.');
  await prove();
  await store.age(bucket, 2);
  const before = await all();
  expect(await prune('--yes')).toBe(1);
  expect(err).toMatch(
    /alpha: the newest kept point is 48 h old \(.*\), and after 26 h nothing is pruned\.\n +run fleet verify --stack alpha\./,
  );
  await prove();
  const statement = {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:*',
    Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
  };
  await root.send(
    new PutBucketPolicyCommand({
      Bucket: bucket,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    }),
  );
  expect(await prune('--yes')).toBe(1);
  expect(err).toContain(`Nothing of alpha was pruned: the key ${prunerOf(bucket)} can write or hide ${bucket}/, and`);
  await revokeAll(root, bucket);
  expect(await prune('--yes')).toBe(1);
  expect(err).toContain(`the bucket ${bucket} does not let ${prunerOf(bucket)} in`);
  expect(await prune('--yes', '--window', '100')).toBe(2);
  expect(err).toContain('a window of 100 h is shorter than the 168 h');
  expect((await all()).filter((one) => !one.startsWith('points/'))).toEqual(
    before.filter((one) => !one.startsWith('points/')),
  );
});

test('without --yes it says what goes and touches nothing; with it that goes, and nothing else', async () => {
  await grantOnly(root, account);
  const before = await all();
  expect(await prune()).toBe(0);
  expect(out).toMatch(/alpha │ host +│ +1 │ +21 B │ \d{4}-/);
  expect(out).toContain('Together 1 versions, 21 B.\nNothing was touched; add --yes to free it.\n');
  expect(await all()).toEqual(before);
  out = '';
  expect(await prune('--yes', '--json')).toBe(0);
  expect(JSON.parse(out)).toEqual({
    stack: 'alpha',
    rows: [{ host: 'alpha', service: '', part: 'host', versions: 1, bytes: 21, oldest: expect.any(String) }],
    freed: { versions: 1, bytes: 21, locked: 0 },
  });
  const after = await all();
  expect(before.filter((one) => !after.includes(one))).toHaveLength(1);
  expect(after.filter((one) => !before.includes(one))).toEqual([]);
});
