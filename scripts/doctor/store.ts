/**
 * Whether a store holds what the fleet relies on, tried with a bucket and three accounts of its own that are taken away again: accounts, versions, locks,
 * policies, conditional writes, its clock, and how soon it knows a new key.
 */
import { randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketVersioningCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { untilAccepted } from '../../components/store/accepted';
import { removeAccount } from '../../components/store/accounts';
import { ensureAccount, policyOf, renewAccount } from '../../components/store/admin';
import { storeClient, type StoreAccess } from '../../components/store/client';
import { prunerOf, readerOf, type StoreAccount } from '../../components/store/names';
import { clockOf } from './clock';
import { tried, type Found } from './finding';

const RUN_AS = 'run versitygw as ops/store/fleet-store.service does';
const CLOCK_TODO = 'let both machines take the time from the network (timedatectl set-ntp true)';

interface Scratch {
  admin: StoreAccess;
  client: S3Client;
  account: StoreAccount;
  reader: StoreAccount;
  pruner: StoreAccount;
}

/** Every assumption about the store, one line each. Leaves nothing behind. */
export async function storeFindings(admin: StoreAccess, bucketPrefix: string): Promise<Found[]> {
  const client = storeClient(admin);
  // Where nothing answers there is no clock either, and one line says so; but signatures may be refused because of the clock.
  const clocks = clockOf('its clock', new URL('/health', admin.endpoint).href, CLOCK_TODO).then(
    (clock) => [clock],
    () => [],
  );
  try {
    const entry = await tried(
      'administrator',
      'start the store, and give its address (fleet:store) and its administrator (fleet:storeAccessKey, fleet:storeSecretKey)',
      async () => {
        await client.send(new ListBucketsCommand({}));
        return `${admin.endpoint} lets it in`;
      },
    );
    if (entry.todo) return [entry, ...(await clocks).filter(({ todo }) => todo)];
    const bucket = `${bucketPrefix}-check-${randomBytes(4).toString('hex')}`;
    const accountNamed = (accessKey: string): StoreAccount => ({
      bucket,
      prefix: 'host',
      accessKey,
      secretKey: randomBytes(20).toString('hex'),
    });
    const scratch = {
      admin,
      client,
      account: accountNamed(bucket),
      reader: accountNamed(readerOf(bucket)),
      pruner: accountNamed(prunerOf(bucket)),
    };
    try {
      return [entry, ...(await clocks), ...(await tryAll(scratch))];
    } finally {
      await clearAway(scratch);
    }
  } finally {
    client.destroy();
  }
}

async function tryAll(scratch: Scratch): Promise<Found[]> {
  const { admin, client, account, reader, pruner } = scratch;
  const Bucket = account.bucket;
  const accounts = await tried('accounts', `${RUN_AS}, with --iam-dir`, async () => {
    for (const one of [account, reader, pruner]) await ensureAccount(admin, one);
    return 'it makes a key for every host';
  });
  const made = await tried('buckets', 'give the administrator the right to make buckets', async () => {
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
    return 'it makes them';
  });
  if (made.todo) return [accounts, made];
  const found = [accounts, await versions(scratch), await conditions(scratch), await locks(scratch)];
  return accounts.todo ? found : [...found, await policies(scratch), await newKeys(scratch)];
}

const put = (client: S3Client, Bucket: string, more: Partial<PutObjectCommandInput> = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key: 'host/object', Body: randomBytes(8).toString('hex'), ...more }));

const versions = ({ client, account: { bucket: Bucket } }: Scratch): Promise<Found> =>
  tried('versions', `${RUN_AS}, with --versioning-dir`, async () => {
    const { Status } = await client.send(new GetBucketVersioningCommand({ Bucket }));
    for (let write = 0; write < 2; write++) await put(client, Bucket);
    const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket }));
    if (Status !== 'Enabled' || Versions.length < 2)
      throw new Error(`of an object that was written twice it lists ${Versions.length}`);
    return 'it keeps what is written over';
  });

/** GOVERNANCE, because what is locked by COMPLIANCE would stay. */
const locks = ({ client, account: { bucket: Bucket } }: Scratch): Promise<Found> =>
  tried(
    'locks',
    `${RUN_AS}, with --versioning-dir; a store without object lock cannot keep backups from being deleted`,
    async () => {
      const { VersionId } = await put(client, Bucket);
      if (VersionId === undefined) throw new Error('it tells no version of what was written');
      const version = { Bucket, Key: 'host/object', VersionId };
      const Retention = { Mode: 'GOVERNANCE' as const, RetainUntilDate: new Date(Date.now() + 3600_000) };
      await client.send(new PutObjectRetentionCommand({ ...version, Retention }));
      await refused('a locked version was deleted', () => client.send(new DeleteObjectCommand(version)));
      return 'a version that is locked cannot be deleted';
    },
  );

const conditions = ({ client, account: { bucket: Bucket } }: Scratch): Promise<Found> =>
  tried('conditional writes', 'update versitygw; 1.8.0 has them', async () => {
    const { ETag } = await put(client, Bucket);
    await refused('If-None-Match: * overwrote an object', () => put(client, Bucket, { IfNoneMatch: '*' }));
    await refused('If-Match with another ETag overwrote an object', () =>
      put(client, Bucket, { IfMatch: '"00000000000000000000000000000000"' }),
    );
    await put(client, Bucket, { IfMatch: ETag });
    return 'If-None-Match and If-Match';
  });

const policies = ({ admin, client, account }: Scratch): Promise<Found> =>
  tried('policies', `${RUN_AS}; a store that does not keep a host to its own folder cannot be used`, async () => {
    const { bucket: Bucket, prefix } = account;
    await client.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify(policyOf(account)) }));
    await untilAccepted(admin, account);
    const host = storeClient({ ...admin, ...account });
    try {
      const { VersionId } = await put(host, Bucket, { Key: `${prefix}/own` });
      await host.send(new ListObjectsV2Command({ Bucket }));
      await refused('a host wrote outside its folder', () => put(host, Bucket, { Key: 'other/object' }));
      await refused('a host deleted a version', () =>
        host.send(new DeleteObjectCommand({ Bucket, Key: `${prefix}/own`, VersionId })),
      );
      await host.send(new DeleteObjectCommand({ Bucket, Key: `${prefix}/own` }));
      await refused('a host hid what is outside its folder', () =>
        host.send(new DeleteObjectCommand({ Bucket, Key: 'other/object' })),
      );
      return 'a host writes and hides below its own folder and deletes nothing';
    } finally {
      host.destroy();
    }
  });

const newKeys = ({ admin, reader }: Scratch): Promise<Found> =>
  tried('new keys', `${RUN_AS}, with --iam-cache-disable`, async () => {
    await untilAccepted(admin, reader);
    const seconds = await renewAccount(admin, { ...reader, secretKey: randomBytes(20).toString('hex') });
    return seconds < 2
      ? 'they count at once'
      : `they count after ${Math.round(seconds)} s, which is waited for; --iam-cache-disable spares that`;
  });

/** What must be refused. A refusal is an answer: a connection that breaks proves nothing. */
async function refused(sentence: string, act: () => Promise<unknown>): Promise<void> {
  const status = await act().then(
    () => 200,
    (error: { $metadata?: { httpStatusCode?: number } }) => {
      if (error.$metadata?.httpStatusCode === undefined) throw error;
      return error.$metadata.httpStatusCode;
    },
  );
  if (status < 400) throw new Error(sentence);
}

async function clearAway({ admin, client, account, reader, pruner }: Scratch): Promise<void> {
  const Bucket = account.bucket;
  const { Versions = [], DeleteMarkers = [] } = await client
    .send(new ListObjectVersionsCommand({ Bucket }))
    .catch(() => ({ Versions: [], DeleteMarkers: [] }));
  for (const { Key, VersionId } of [...Versions, ...DeleteMarkers])
    await client
      .send(new DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention: true }))
      .catch(() => undefined);
  await client.send(new DeleteBucketCommand({ Bucket })).catch(() => undefined);
  for (const { accessKey } of [account, reader, pruner]) await removeAccount(admin, accessKey).catch(() => undefined);
}
