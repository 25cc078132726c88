/** The second site of the store, and the scrub, between the folders of two real gateways: rsync and its restricted server do what they do over SSH. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { ensureBucket } from '../../components/store/admin';
import { storeClient } from '../../components/store/client';
import { lockVersions } from '../../components/store/lock';
import { keepPoint } from '../../components/store/points';
import { corrupt } from '../../localcloud/store/damage';
import { TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/tools';
import { startStore, storeFolder, type TestStore } from '../components/store';

jest.setTimeout(TOOLS_TIMEOUT_MS);

const STORE = resolve(__dirname, '../../host/services/store');
const BUCKET = 'fleet-alpha';

let first: TestStore;
let client: S3Client;
let second: string;
let work: string;

beforeEach(async () => {
  first = await startStore();
  client = storeClient(first.admin);
  await ensureBucket(client, BUCKET);
  second = storeFolder();
  work = mkdtempSync(join(tmpdir(), 'fleet-sites-'));
});
afterEach(() => {
  client.destroy();
  first.end();
  for (const folder of [second, work]) rmSync(folder, { recursive: true, force: true });
});

const put = async (key: string, body: string) =>
  (await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }))).VersionId ?? '';
const hide = (key: string) => client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }));

/** What sshd does with the key of a site: whatever is asked, the restricted server answers, which reads one folder. */
function sshTo(folder: string): string {
  const path = join(work, 'ssh');
  writeFileSync(path, `#!/bin/sh\nshift\nSSH_ORIGINAL_COMMAND="$*" exec rrsync -ro ${folder}\n`);
  chmodSync(path, 0o755);
  return path;
}

/** One pull into a site from the folder of the other one. */
function pull(into: string, from: string, { more = {}, options = [] as string[] } = {}) {
  const settings = join(work, 'pull.json');
  writeFileSync(
    settings,
    JSON.stringify({ state: into, from: 'store.test:', ssh: sshTo(from), replacedDays: 30, ...more }),
  );
  const { status, stdout, stderr } = spawnSync('python3', [join(STORE, 'pull.py'), settings, ...options], {
    encoding: 'utf8',
  });
  return {
    status,
    stderr,
    told: status === 0 ? (JSON.parse(stdout) as { files: number; replaced: number; refused: string[] }) : undefined,
  };
}

function scrub(folder: string) {
  const { status, stdout, stderr } = spawnSync('python3', [join(STORE, 'scrub.py'), folder], { encoding: 'utf8' });
  if (!stdout) throw new Error(stderr);
  return {
    status,
    ...(JSON.parse(stdout) as Record<'damaged' | 'missing', Array<{ key: string; versionId: string }>>),
  };
}

/** Everything that a store tells of a bucket, and the content of each version. */
async function allOf(of: S3Client) {
  const { Versions = [], DeleteMarkers = [] } = await of.send(new ListObjectVersionsCommand({ Bucket: BUCKET }));
  const versions = await Promise.all(
    Versions.map(async ({ Key, VersionId, ETag, IsLatest, Size }) => {
      const { Body, ObjectLockRetainUntilDate } = await of.send(
        new GetObjectCommand({ Bucket: BUCKET, Key, VersionId }),
      );
      return {
        Key,
        VersionId,
        ETag,
        IsLatest,
        Size,
        until: ObjectLockRetainUntilDate,
        body: await Body?.transformToString(),
      };
    }),
  );
  return { versions, markers: DeleteMarkers.map(({ Key, VersionId, IsLatest }) => ({ Key, VersionId, IsLatest })) };
}

async function inParts(key: string): Promise<void> {
  const at = { Bucket: BUCKET, Key: key };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(at));
  const Parts = [];
  for (const [index, body] of ['a'.repeat(5 << 20), 'the rest'].entries()) {
    const PartNumber = index + 1;
    const { ETag } = await client.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body: body }));
    Parts.push({ PartNumber, ETag });
  }
  await client.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
}

test('a store that is lost comes back from its second site with every version, its id, its lock and its content', async () => {
  const old = await put('1/gitea/files/one', 'first');
  await put('1/gitea/files/one', 'second');
  await put('1/gitea/files/gone', 'hidden');
  await lockVersions(
    client,
    BUCKET,
    [{ key: '1/gitea/files/one', versionId: old }],
    new Date(Date.now() + 864e5).toISOString(),
  );
  await inParts('1/gitea/files/large');
  expect(pull(second, first.folder).told).toMatchObject({ files: 5, replaced: 0 });
  await hide('1/gitea/files/gone');
  await put('1/gitea/files/one', 'third');
  expect(pull(second, first.folder).told?.replaced).toBe(2);
  expect(pull(second, first.folder).told).toMatchObject({ files: 0, replaced: 0 });
  const before = await allOf(client);

  const anew = storeFolder();
  const back = pull(anew, second, { more: { serves: true } });
  expect(back.told?.replaced).toBe(0);
  const restored = await startStore(anew);
  const other = storeClient(restored.admin);
  try {
    expect(await allOf(other)).toEqual(before);
    expect(before.versions).toHaveLength(5);
    // It goes on as the store: what is written next has a version of its own.
    await other.send(new PutObjectCommand({ Bucket: BUCKET, Key: '1/gitea/files/one', Body: 'fourth' }));
    expect((await allOf(other)).versions).toHaveLength(6);
  } finally {
    other.destroy();
    restored.end();
  }
});

test('what the first site writes over, changes or removes stays at the second one', async () => {
  await put('one', 'as it was written');
  await put('two', 'as it was written');
  pull(second, first.folder);
  // By hand, past the store.
  const forged = join(first.folder, 'buckets', BUCKET, 'one');
  writeFileSync(forged, 'what an intruder wrote');
  expect(pull(second, first.folder).told).toMatchObject({ replaced: 0, refused: [`buckets/${BUCKET}/one`] });
  const tag = createHash('md5').update('what an intruder wrote').digest('hex');
  spawnSync('setfattr', ['-n', 'user.etag', '-v', tag, forged]);
  rmSync(join(first.folder, 'buckets', BUCKET, 'two'));
  spawnSync('setfattr', ['-n', 'user.version-id', '-v', 'forged', join(first.folder, 'buckets', BUCKET)]);
  expect(pull(second, first.folder).told?.replaced).toBe(2);
  const [moment = ''] = readdirSync(join(second, '.replaced'));
  const kept = join(second, '.replaced', moment, 'buckets', BUCKET);
  for (const name of ['one', 'two']) expect(readFileSync(join(kept, name), 'utf8')).toBe('as it was written');
  expect(spawnSync('getfattr', ['-d', join(kept, 'one')], { encoding: 'utf8' }).stdout).toContain('user.etag');
  expect(existsSync(join(second, 'buckets', BUCKET, 'two'))).toBe(false);
});

test('a first site that lost nearly all it had is not followed, unless that is meant', async () => {
  await Promise.all(Array.from({ length: 120 }, (_, index) => put(`objects/${index}`, `${index}`)));
  pull(second, first.folder);
  rmSync(join(first.folder, 'buckets', BUCKET), { recursive: true });
  const refused = pull(second, first.folder);
  expect(refused.stderr).toContain('lacks, or shows otherwise, 12');
  expect(readdirSync(join(second, 'buckets', BUCKET, 'objects'))).toHaveLength(120);
  expect(pull(second, first.folder, { options: ['--follow'] }).told?.replaced).toBe(120);
});

test('the key of a site reads and does nothing else', () => {
  const asked = spawnSync('rsync', ['-a', `--rsh=${sshTo(first.folder)}`, `${work}/`, 'store.test:'], {
    encoding: 'utf8',
  });
  expect(asked.status).not.toBe(0);
  expect(asked.stderr).toContain('sending to read-only server is not allowed');
});

test('a scrub names what is damaged and what a kept point lacks, and nothing of a whole store', async () => {
  const at = new Date().toISOString();
  const key = '1/gitea/files/data/aa/piece';
  const versionId = await put(key, 'sealed bytes');
  await inParts('1/gitea/files/large');
  const object = { key, versionId, size: 12, at };
  const part = { at, objects: [object] };
  const plan = {
    moment: at,
    host: 'alpha',
    incarnation: '1',
    service: 'gitea',
    complete: true,
    parts: { files: part },
  };
  await keepPoint(client, BUCKET, { moment: at, host: 'alpha', plans: [plan] }, { dailyDays: 1 });
  await put(key, 'written over');
  pull(second, first.folder);
  expect(scrub(first.folder)).toMatchObject({ status: 0, points: 1, objects: 4, damaged: [], missing: [] });
  expect(scrub(second)).toMatchObject({ status: 0, points: 1, objects: 4, damaged: [], missing: [] });

  await corrupt(first.folder, BUCKET, { key: '1/gitea/files/large' });
  const older = spawnSync('find', [join(first.folder, 'versions', BUCKET), '-name', versionId], { encoding: 'utf8' });
  writeFileSync(older.stdout.trim(), 'sealed bytez');
  const { status, damaged } = scrub(first.folder);
  expect(status).toBe(1);
  expect(damaged.map((one) => one.key).sort()).toEqual([key, '1/gitea/files/large']);
  expect(damaged).toContainEqual(expect.objectContaining({ key, versionId }));
  // Damage does not come over with the next pull, and the other site tells that it has all of it whole.
  pull(second, first.folder);
  const asked = spawnSync('python3', [join(STORE, 'scrub.py'), second, '--look'], {
    input: JSON.stringify(damaged),
    encoding: 'utf8',
  });
  expect(JSON.parse(asked.stdout)).toEqual([null, null]);

  rmSync(older.stdout.trim());
  expect(scrub(first.folder).missing).toEqual([expect.objectContaining({ key, versionId, why: 'it is not there' })]);
});

describe('a new machine of the first site', () => {
  /** `refill` on a machine of its own, whose other site is the folder `second`. */
  function refill(folder: string, ...options: string[]) {
    const standIns = join(work, 'stand-ins');
    mkdirSync(standIns, { recursive: true });
    writeFileSync(join(standIns, 'systemctl'), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    const settings = join(work, 'refill.json');
    const from = { state: folder, from: 'store.test:', ssh: sshTo(second), replacedDays: 30, serves: true };
    writeFileSync(settings, JSON.stringify(from));
    return spawnSync('bash', [join(STORE, 'refill'), ...options], {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        FLEET_LIB: resolve(__dirname, '../../host'),
        FLEET_VAR: join(work, 'var'),
        FLEET_RUN: join(work, 'run'),
        FLEET_PATH: standIns,
        FLEET_SITE_SECONDS: '0',
        STORE_USER: userInfo().username,
        STORE_STATE: folder,
        PULL_SETTINGS: settings,
      },
    });
  }
  let anew: string;
  beforeEach(() => {
    anew = storeFolder();
    mkdirSync(join(work, 'run'));
  });
  afterEach(() => rmSync(anew, { recursive: true, force: true }));

  test('is filled once, and never empty while the other site holds anything', async () => {
    await put('one', 'as it was written');
    pull(second, first.folder);
    const refused = refill(anew, '--bootstrap');
    expect({ status: refused.status, stderr: refused.stderr }).toEqual({
      status: 3,
      stderr: expect.stringContaining('--bootstrap is refused: the other site keeps 1 buckets'),
    });
    expect(refill(anew).status).toBe(0);
    expect(readFileSync(join(anew, 'buckets', BUCKET, 'one'), 'utf8')).toBe('as it was written');
    // It serves from here on: what is there is its own.
    await put('two', 'later');
    pull(second, first.folder);
    expect(refill(anew).stderr).toContain('this machine has its data');
    expect(existsSync(join(anew, 'buckets', BUCKET, 'two'))).toBe(false);
  });

  test('is not begun empty where the other site does not answer, and begins empty where that has nothing', () => {
    rmSync(second, { recursive: true });
    expect(refill(anew, '--bootstrap').stderr).toContain('the other site does not answer');
    mkdirSync(join(second, 'buckets'), { recursive: true });
    expect(refill(anew).status).toBe(4);
    expect(refill(anew, '--bootstrap').status).toBe(0);
  });
});
