/** What a host's key wrote over or hid is put back, on the S3 server that the embedded cloud runs. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { undoOverwrites } from '../../components/store/overwritten';
import { SECRETS, Store, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

const AGE = 'age-encryption.org/v1\n';
let store: Store;
let client: S3Client;

beforeAll(async () => {
  store = await Store.start({ versions: true });
  client = new S3Client({
    endpoint: store.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: SECRETS.access, secretAccessKey: SECRETS.secret },
  });
  await client.send(
    new PutBucketVersioningCommand({ Bucket: 'bucket', VersioningConfiguration: { Status: 'Enabled' } }),
  );
}, TOOLS_TIMEOUT_MS);

afterAll(() => {
  client?.destroy();
  store?.stop();
});

const put = (key: string, body: string) =>
  client.send(new PutObjectCommand({ Bucket: 'bucket', Key: key, Body: body }));
const hide = (key: string) => client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: key }));
const read = async (key: string) =>
  (await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: key }))).Body!.transformToString();

const DAMAGE: Array<[what: string, key: string, writes: Array<string | null>, undone: boolean, holds: string]> = [
  [
    'noise over a piece of the database',
    'one/gitea/database/wal/1.age',
    [`${AGE}first`, 'noise that is longer than what was there'],
    true,
    `${AGE}first`,
  ],
  ['less over a piece of the database', 'one/gitea/database/wal/2.age', [`${AGE}first`, AGE], true, `${AGE}first`],
  [
    'a longer second try of a piece of the database',
    'one/gitea/database/wal/3.age',
    [`${AGE}first`, `${AGE}first and more`],
    false,
    `${AGE}first and more`,
  ],
  [
    'more over an entry of a repository',
    'one/gitea/repositories/a__b.git/1-base.age',
    [`${AGE}first`, `${AGE}first and more`],
    true,
    `${AGE}first`,
  ],
  ['a deleted snapshot', 'one/gitea/files/snapshots/1', ['first', null], true, 'first'],
  ['a deletion and another content', 'one/gitea/files/data/1', ['first', null, 'other'], true, 'first'],
  ['the same written twice', 'one/gitea/files/data/2', ['first', 'first'], false, 'first'],
  ['a heartbeat', 'one/heartbeat.json', ['first', 'second'], false, 'second'],
  ['a name of many signs', 'one/gitea/files/data/a b+c?d&e%2F#ü', ['first', 'other'], true, 'first'],
];

test.each(DAMAGE)('%s', async (_, key, writes, undone, holds) => {
  for (const body of writes) await (body === null ? hide(key) : put(key, body));
  expect(await undoOverwrites(client, 'bucket')).toEqual(undone ? [key] : []);
  expect(await read(key)).toBe(holds);
  expect(await undoOverwrites(client, 'bucket')).toEqual([]);
});

test('a lock of restic is not brought back', async () => {
  await put('one/gitea/files/locks/1', 'first');
  await hide('one/gitea/files/locks/1');
  expect(await undoOverwrites(client, 'bucket')).toEqual([]);
});

test('a bucket that does not exist has nothing to put back', async () => {
  expect(await undoOverwrites(client, 'another')).toEqual([]);
});
