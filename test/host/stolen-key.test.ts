/** What somebody with the key of a host can do to the versions in its bucket, on the real gateway: hide them and write over them, and nothing else. */
import { execFileSync } from 'child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  DeleteObjectTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { ensureAccount, grantOnly } from '../../components/store/admin';
import { storeClient } from '../../components/store/client';
import { prunerOf, readerOf, type StoreAccount } from '../../components/store/names';
import { bytes, keysBelow, versionsOf } from '../../components/store/objects';
import { SCRIPTS } from '../../scripts/sandbox/sandbox';
import { TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/tools';
import { startStore, type TestStore } from '../components/store';

const Bucket = 'bucket';
const stolen: StoreAccount = { bucket: Bucket, prefix: '1', accessKey: 'b-1', secretKey: 'of-the-host' };
const OWN = ['1/forge/files/data/aa', '1/forge/repositories/a__b.git/x', '1/host/heartbeat.json'];
const OTHERS = ['2/forge/files/data/aa', 'points/now.json', '10/x', 'x'];

let store: TestStore;
let root: S3Client;
let thief: S3Client;
const folder = mkdtempSync(join(tmpdir(), 'fleet-stolen-'));
let before: Array<{ key: string; id: string }>;

/** The content of every version that was there at first. */
const contents = () =>
  Promise.all(before.map(async ({ key, id }) => Buffer.from((await bytes(root, Bucket, key, id)) ?? '').toString()));
const refused = (act: Promise<unknown>) => expect(act).rejects.toThrow(/Access ?Denied|object lock/i);

beforeAll(async () => {
  store = await startStore();
  root = storeClient(store.admin);
  // No default retention: what is not locked version by version is held by the policy alone.
  await root.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
  for (const accessKey of [stolen.accessKey, readerOf(Bucket), prunerOf(Bucket)])
    await ensureAccount(store.admin, { ...stolen, accessKey });
  await grantOnly(root, stolen);
  thief = storeClient({ ...store.admin, ...stolen });
  for (const Key of [...OWN, ...OTHERS]) await root.send(new PutObjectCommand({ Bucket, Key, Body: `of ${Key}` }));
  before = await versionsOf(root, Bucket);
  writeFileSync(
    join(folder, 'store.env'),
    `RCLONE_CONFIG_STORE_ENDPOINT='${store.admin.endpoint}'\nRCLONE_CONFIG_STORE_REGION=us-east-1\nAWS_ACCESS_KEY_ID=${stolen.accessKey}\nAWS_SECRET_ACCESS_KEY=${stolen.secretKey}\nFLEET_BUCKET=${Bucket}\nFLEET_PREFIX=1\n`,
  );
  writeFileSync(join(folder, 'curl'), `#!/bin/sh\necho "$@" >>'${folder}/asked'\nPATH="\${PATH#*:}" exec curl "$@"\n`, {
    mode: 0o755,
  });
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  for (const client of [root, thief]) client?.destroy();
  store?.end();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  expect(await contents()).toEqual(before.map(({ key }) => `of ${key}`));
});

/** What a script of the host does with the key. */
const hide = (keys: string[]) =>
  execFileSync(
    'bash',
    ['-c', 'set -euo pipefail; . "$FLEET_LIB/lib/common.sh"; . "$FLEET_LIB/lib/store.sh"; load_store; hide'],
    {
      input: keys.map((key) => `${key}\n`).join(''),
      encoding: 'utf8',
      stdio: 'pipe',
      env: { PATH: process.env.PATH, FLEET_PATH: folder, FLEET_LIB: SCRIPTS, FLEET_ETC: folder, FLEET_VAR: folder },
    },
  );

test('no version is removed by its id, one or many, locked or not, nor any marker', async () => {
  const [{ key: Key, id: VersionId } = { key: '', id: '' }] = before;
  const RetainUntilDate = new Date(Date.now() + 3600_000);
  await root.send(
    new PutObjectRetentionCommand({ Bucket, Key, VersionId, Retention: { Mode: 'GOVERNANCE', RetainUntilDate } }),
  );
  const marker = await thief.send(new DeleteObjectCommand({ Bucket, Key: OWN[1] }));
  const all = [...before, { key: OWN[1] ?? '', id: marker.VersionId ?? '' }, { key: OWN[2] ?? '', id: 'null' }];
  for (const BypassGovernanceRetention of [undefined, true]) {
    for (const { key, id } of all)
      await refused(
        thief.send(new DeleteObjectCommand({ Bucket, Key: key, VersionId: id, BypassGovernanceRetention })),
      );
    const Objects = all.map(({ key, id }) => ({ Key: key, VersionId: id }));
    const { Deleted, Errors } = await thief.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects }, BypassGovernanceRetention }),
    );
    expect(Deleted ?? []).toEqual([]);
    expect(Errors?.map(({ Code }) => Code)).toEqual(all.map(() => 'AccessDenied'));
  }
  expect((await versionsOf(root, Bucket)).filter(({ hidden }) => hidden)).toHaveLength(1);
});

test('no lock is set, shortened or taken away, and versions stay on', async () => {
  const [{ key: Key, id: VersionId } = { key: '', id: '' }] = before;
  for (const Mode of ['GOVERNANCE', 'COMPLIANCE'] as const)
    await refused(
      thief.send(
        new PutObjectRetentionCommand({
          Bucket,
          Key,
          VersionId,
          Retention: { Mode, RetainUntilDate: new Date(Date.now() + 1000) },
          BypassGovernanceRetention: true,
        }),
      ),
    );
  await refused(thief.send(new PutObjectLegalHoldCommand({ Bucket, Key, VersionId, LegalHold: { Status: 'OFF' } })));
  await refused(thief.send(new DeleteObjectTaggingCommand({ Bucket, Key, VersionId })));
  await refused(
    thief.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Suspended' } })),
  );
});

test('what is written over or copied over is a version more', async () => {
  const [Key = '', other = ''] = OWN;
  await thief.send(new PutObjectCommand({ Bucket, Key, Body: 'noise' }));
  await thief.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${other}` }));
  expect(await versionsOf(root, Bucket, Key)).toHaveLength(3);
});

test('what is hidden is seen no more, and comes back by its versions; many at once, and nothing outside the own prefix', async () => {
  hide(OWN);
  expect(await keysBelow(root, Bucket, '1/')).toEqual([]);
  for (const keys of [OTHERS, ['1/../2/forge/files/data/aa'], [OWN[0] ?? '', OTHERS[0] ?? '']])
    expect(() => hide(keys)).toThrow(/refused to hide some of .*AccessDenied/);
  for (const Key of [...OTHERS, '1/../x']) await refused(thief.send(new DeleteObjectCommand({ Bucket, Key })));
  expect(await keysBelow(root, Bucket, '')).toEqual([...OTHERS].sort());
});

test('more than a thousand are hidden, with the key in no argument of a program', async () => {
  const keys = Array.from({ length: 1001 }, (_, n) => `1/many/${n}`);
  for (const Key of [keys[0], keys[1000]]) await thief.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  rmSync(join(folder, 'asked'));
  hide(keys);
  expect(await keysBelow(root, Bucket, '1/many/')).toEqual([]);
  const asked = readFileSync(join(folder, 'asked'), 'utf8');
  expect(asked.trim().split('\n')).toHaveLength(2);
  expect(asked).not.toContain(stolen.secretKey);
});
