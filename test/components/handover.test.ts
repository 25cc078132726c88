/** What another host left is taken over only where this stack's keys open it: the real script, on the S3 server that the embedded cloud runs. */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { HANDOVER, type HandoverInput } from '../../components/programs/contracts';
import { registrationKey } from '../../components/store/registrations';
import { projectDir } from '../../scripts/lib/project';
import { SECRETS, Store, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

const AGENT = 'hermes-bezalel';
const OLD = { host: 'beta', bucket: 'old' };
const RECIPIENT = 'age1right';
const NEW = 'new';
let store: Store;
let client: S3Client;

beforeAll(async () => {
  store = await Store.start();
  client = new S3Client({
    endpoint: store.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: SECRETS.access, secretAccessKey: SECRETS.secret },
  });
  for (const Bucket of [OLD.bucket, NEW])
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  await leave();
}, TOOLS_TIMEOUT_MS);

afterAll(() => {
  client?.destroy();
  store?.stop();
});

/** An agent that was let go, with a repository of the real restic. */
async function leave(): Promise<void> {
  const put = (key: string, Body: string | Buffer) =>
    client.send(new PutObjectCommand({ Bucket: OLD.bucket, Key: key, Body }));
  const repository = mkdtempSync(join(tmpdir(), 'fleet-restic-'));
  try {
    expect(
      spawnSync('restic', ['-q', 'init', '-r', repository, '--no-cache'], {
        env: { PATH: process.env.PATH, RESTIC_PASSWORD: 'right' },
      }).status,
    ).toBe(0);
    for (const key of readdirSync(join(repository, 'keys')))
      await put(`7/${AGENT}/files/keys/${key}`, readFileSync(join(repository, 'keys', key)));
    await put(`7/${AGENT}/files/config`, readFileSync(join(repository, 'config')));
  } finally {
    rmSync(repository, { recursive: true });
  }
  // The newer one has the lesser name, as it may happen: names are hashes.
  await put(`7/${AGENT}/files/snapshots/${'f'.repeat(64)}`, 'older');
  await sleep(20);
  await put(`7/${AGENT}/files/snapshots/${'0'.repeat(64)}`, 'newer');
  await put(`7/${AGENT}/files/locks/1`, '{}');
  await put(registrationKey('7'), '{}');
  await put(`7/${AGENT}/complete.json`, '{}');
  const keyFingerprint = createHash('sha256').update(RECIPIENT).digest('hex').slice(0, 16);
  await put(
    '7/host/heartbeat.json',
    JSON.stringify({ at: '2026-04-26T12:00:00Z', host: OLD.host, incarnation: '7', keyFingerprint, datasets: {} }),
  );
}

const takeOver = (resticPassword: string, recipient = RECIPIENT) =>
  new Promise<{ code: number; said: string }>((done) => {
    const admin = { accessKey: SECRETS.access, secretKey: SECRETS.secret };
    const input: HandoverInput = {
      store: { endpoint: store.endpoint, region: 'us-east-1' },
      admin,
      bucket: NEW,
      host: 'alpha',
      others: [OLD],
      services: [AGENT],
      recipient,
      resticPassword,
    };
    const run = execFile('node', ['--import', 'tsx', HANDOVER], { cwd: projectDir }, (error, out, err) =>
      done({ code: error ? Number(error.code) : 0, said: out + err }),
    );
    run.stdin?.end(JSON.stringify(input));
  });
const taken = async () =>
  ((await client.send(new ListObjectsV2Command({ Bucket: NEW }))).Contents ?? []).map(({ Key }) => Key);

test('with another restic password nothing is copied, and it is said what both stacks must be given', async () => {
  const { code, said } = await takeOver('wrong-password');
  expect({ code, taken: await taken() }).toEqual({ code: 1, taken: [] });
  expect(said).toBe(
    `Nothing was moved to alpha:\n  - the backups of ${AGENT} on beta do not open here: this stack's restic password does not open the file backups; give both stacks the same resticPassword before moving it\n`,
  );
}, 30_000);

test('with another age key as well, both are said at once', async () => {
  const { code, said } = await takeOver('wrong-password', 'age1other');
  expect({ code, taken: await taken() }).toEqual({ code: 1, taken: [] });
  expect(said).toMatch(
    /another age key \(\w{16}\).*, and this stack's restic password.*give both stacks the same backupRecipient, backupIdentity and resticPassword/,
  );
  expect(said).not.toContain('wrong-password');
}, 30_000);

test('with the keys of both alike the newest snapshot is taken over, and no other that could be taken for it', async () => {
  expect(await takeOver('right')).toEqual({ code: 0, said: `${AGENT} comes from beta: 3 objects\n` });
  const keys = (await taken()).map((key) =>
    key
      ?.replace(/^moved-beta-7-\d+\//, '')
      .replace(/(primaries\/moved-beta-7)-\d+/, '$1')
      .replace(/keys\/.*/, 'keys/KEY'),
  );
  expect(keys).toEqual(
    ['complete.json', 'files/config', 'files/keys/KEY', `files/snapshots/${'0'.repeat(64)}`]
      .map((path) => `${AGENT}/${path}`)
      .concat('primaries/moved-beta-7.json'),
  );
}, 30_000);
