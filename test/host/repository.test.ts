/** A restic repository that holds years: a restore reads what its snapshot needs, and says at once what of that the store has no more. */
import { spawn } from 'child_process';
import { randomBytes } from 'crypto';
import { once } from 'events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { versionsOf } from '../../components/store/objects';
import type { Plan } from '../../components/store/plan';
import { Host, SCRIPTS, Store, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/sandbox';

jest.setTimeout(120_000);

let store: Store;
const hosts: Host[] = [];

beforeAll(async () => {
  store = await Store.start();
}, TOOLS_TIMEOUT_MS);
afterAll(() => {
  for (const host of hosts) host.remove();
  store?.stop();
});

function newHost(data?: string): Host {
  const host = new Host(store, `host-${hosts.length}`, new Date().toISOString());
  hosts.push(host);
  host.plan({ files: { paths: [data ?? host.data], exclude: [], settleSeconds: 1, intervalSeconds: 60 } });
  return host;
}

const BYTES = 3 << 20;
const packs = () =>
  store.as(async (client) => (await versionsOf(client, 'bucket', 'host-0/forge/files/data/')).map(({ key }) => key));
/** Takes objects out of the store, as its disk would lose them. */
const lose = (plan: Plan, keys: string[]) =>
  store.as(async (client) => {
    const versions = (plan.parts.files?.objects ?? []).filter(({ key }) => keys.includes(key));
    expect(versions.map(({ key }) => key).sort()).toEqual([...keys].sort());
    for (const { key: Key, versionId: VersionId } of versions)
      await client.send(new DeleteObjectCommand({ Bucket: 'bucket', Key, VersionId }));
  });

test('what an older snapshot alone needs is not read; what the newest one needs and is gone is named', async () => {
  const alpha = newHost();
  const page = join(alpha.data, 'page');
  mkdirSync(alpha.data, { recursive: true });
  alpha.shell('load_store; create_restic_store forge');
  const written = async () => {
    writeFileSync(page, randomBytes(BYTES));
    const before = await packs();
    alpha.must('backup', ['forge', '--force']);
    return (await packs()).filter((key) => !before.includes(key));
  };
  const old = await written();
  const fresh = await written();
  alpha.complete();
  const content = readFileSync(page);
  const plan = await alpha.planned();
  await lose(plan, old);
  const restored = () => {
    rmSync(alpha.data, { recursive: true, force: true });
    mkdirSync(alpha.data);
    return newHost(alpha.data).run('restore', ['forge'], { input: JSON.stringify(plan) });
  };
  expect(restored()).toMatchObject({ code: 0 });
  expect(readFileSync(page).equals(content)).toBe(true);

  await lose(plan, fresh);
  const { code, err } = restored();
  expect(code).toBe(1);
  expect(err).toMatch(/objects of the files of forge could not be fetched whole/);
});

test('a client that breaks off is no error of the server’s', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fleet-repository-'));
  const size = 64 << 20;
  writeFileSync(join(folder, 'config'), Buffer.alloc(size));
  writeFileSync(`${folder}.list`, `id\t${size}\tconfig\n`);
  const env = {
    PATH: process.env.PATH,
    RCLONE_CONFIG_STORE_ENDPOINT: store.endpoint,
    RCLONE_CONFIG_STORE_REGION: 'us-east-1',
    FLEET_BUCKET: 'bucket',
    AWS_ACCESS_KEY_ID: 'none',
    AWS_SECRET_ACCESS_KEY: 'none',
  };
  const server = spawn('python3', [join(SCRIPTS, 'lib/repository.py'), folder, 'host-0/forge/files'], { env });
  const said: string[] = [];
  server.stderr.on('data', (data: Buffer) => said.push(data.toString()));
  const [port] = (await once(server.stdout, 'data')) as [Buffer];
  const url = `http://127.0.0.1:${port.toString().trim()}/config`;
  for (let n = 0; n < 3; n++) {
    const aborted = new AbortController();
    const answer = await fetch(url, { signal: aborted.signal });
    aborted.abort();
    expect(answer.status).toBe(200);
  }
  // Answered after those were given up.
  const whole = await fetch(url);
  expect((await whole.arrayBuffer()).byteLength).toBe(size);
  server.kill();
  await once(server, 'close');
  expect(said.join('')).toBe('');
});
