/** Whether a store is fit for the fleet, asked of versitygw as ops/store runs it, and as it must not be run. */
import { execFileSync, type ChildProcess } from 'child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'fs';
import { createServer, request, type Server } from 'http';
import type { AddressInfo } from 'net';
import { join } from 'path';
import { untilAccepted } from '../../components/store/accepted';
import { ensureAccount, ensureBucket, renewAccount } from '../../components/store/admin';
import { storeClient, type StoreAccess } from '../../components/store/client';
import { keepPoint } from '../../components/store/points';
import { listAccounts } from '../../components/store/accounts';
import { storeFolders } from '../../localcloud/store/layout';
import { storeArguments } from '../../localcloud/store/unit';
import { backups } from '../../scripts/doctor/backups';
import type { Look } from '../../scripts/doctor/look';
import { storeFindings } from '../../scripts/doctor/store';
import { refuseUnfitStore } from '../../scripts/init/fit-store';
import { StackFile } from '../../scripts/lib/stack-file';
import { startGateway, until } from '../../scripts/sandbox/gateway';
import { tools, TOOLS_TIMEOUT_MS } from '../../scripts/sandbox/tools';
import { declarations } from '../../stacks';

const ADMIN = { access: 'admin', secret: 'administrator-secret' };
let binary: string;
let folder: string;
const running: Array<ChildProcess | Server> = [];

beforeAll(async () => {
  binary = (await tools()).versitygw;
}, TOOLS_TIMEOUT_MS);

beforeEach(() => {
  // Extended attributes, which not every /tmp has.
  folder = mkdtempSync('/var/tmp/fleet-store-');
  for (const path of Object.values(storeFolders(folder))) mkdirSync(path);
});

afterEach(() => {
  for (const one of running.splice(0)) {
    if ('kill' in one) one.kill('SIGKILL');
    else one.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

/** By the line of the unit, changed by `change`. */
async function start(change: (args: string[]) => string[] = (args) => args): Promise<StoreAccess> {
  const { endpoint, server } = await startGateway(binary, ADMIN, (listen) =>
    change(storeArguments({ listen, region: 'us-east-1', state: folder })),
  );
  running.push(server);
  return { endpoint, region: 'us-east-1', accessKey: ADMIN.access, secretKey: ADMIN.secret };
}

/** Without these flags and what belongs to them. */
const without = (args: string[], ...flags: string[]) =>
  args.filter(
    (word, index) =>
      !flags.includes(word) && !(flags.includes(args[index - 1]) && !args[index - 1].endsWith('-disable')),
  );
const wrongOf = async (admin: StoreAccess) =>
  (await storeFindings(admin, 'timmy'))
    .filter(({ todo }) => todo)
    .map(({ what, detail, todo }) => `${what}: ${detail} -> ${todo}`);

test('run by the unit of ops/store, nothing is wrong with it, and nothing is left behind', async () => {
  const admin = await start();
  const found = await storeFindings(admin, 'timmy');
  expect(found.filter(({ todo }) => todo)).toEqual([]);
  expect(found.map(({ what }) => what)).toEqual([
    'administrator',
    'its clock',
    'accounts',
    'versions',
    'conditional writes',
    'locks',
    'policies',
    'new keys',
  ]);
  expect(found.at(-1)?.detail).toBe('they count at once');
  expect(readdirSync(storeFolders(folder).buckets).filter((name) => !name.startsWith('.'))).toEqual([]);
  expect(await listAccounts(admin)).toEqual([]);
});

test('what it was not told to keep is named all at once, with the flag', async () => {
  const wrong = await wrongOf(
    await start((args) => without(args, '--iam-dir', '--iam-cache-disable', '--versioning-dir')),
  );
  expect(wrong).toEqual([
    expect.stringMatching(/^accounts: .*--iam-dir/),
    expect.stringMatching(/^versions: .*--versioning-dir/),
    expect.stringMatching(/^locks: .*--versioning-dir/),
  ]);
});

test('fleet init refuses it with all of that, when its settings are given and only then', async () => {
  const admin = await start((args) => without(args, '--iam-dir', '--iam-cache-disable', '--versioning-dir'));
  const file = await StackFile.open(join(folder, 'Pulumi.alpha.yaml'), 'correct horse');
  file.setPlain('fleet:store', { endpoint: admin.endpoint, region: admin.region, bucketPrefix: 'backups' });
  file.setSecret('fleet:storeAccessKey', admin.accessKey);
  // Not complete: whoever lacks a key is told that, and nothing is tried.
  await refuseUnfitStore(file, ['fleet:store']);
  file.setSecret('fleet:storeSecretKey', admin.secretKey);
  const error = (await refuseUnfitStore(file, ['fleet:store']).catch((thrown: Error) => thrown)) as Error;
  expect(error.message.split('\n')).toEqual([
    expect.stringContaining('nothing was written'),
    expect.stringMatching(/- accounts: /),
    expect.stringMatching(/- versions: /),
    expect.stringMatching(/- locks: /),
  ]);
  expect(error.message).not.toContain(admin.secretKey);
  await refuseUnfitStore(file, ['fleet:zone']);
});

test('fleet doctor says besides what proofs keep of each host that there is', async () => {
  const admin = await start();
  const client = storeClient(admin);
  const bucket = 'backups-timmy-alpha-alpha';
  const secrets: Record<string, string> = {
    'fleet:storeAccessKey': admin.accessKey,
    'fleet:storeSecretKey': admin.secretKey,
  };
  const look = {
    declaration: declarations.alpha,
    store: { endpoint: admin.endpoint, region: admin.region, bucketPrefix: 'backups' },
    value: (key: string) => secrets[key],
  } as Look;
  const kept = async () => (await backups(look)).filter(({ what }) => what.startsWith('kept point'));
  expect(await kept()).toEqual([]);
  await ensureBucket(client, bucket);
  const what = 'kept point of alpha';
  expect(await kept()).toEqual([{ what, detail: expect.stringMatching(/^nothing of/), todo: 'run fleet verify' }]);
  const moment = new Date().toISOString();
  await keepPoint(client, bucket, { moment, host: 'alpha', plans: [] }, { dailyDays: 1 });
  client.destroy();
  expect(await kept()).toEqual([{ what, detail: `restored, checked and locked at ${moment}` }]);
});

test('a key that it refuses, and an address where nothing answers, are one line', async () => {
  const admin = await start();
  expect(await wrongOf({ ...admin, secretKey: 'other' })).toEqual([expect.stringMatching(/^administrator: /)]);
  expect((await wrongOf({ ...admin, endpoint: 'http://127.0.0.1:1' }))[0]).toMatch(/^administrator: .*ECONNREFUSED/);
});

test('a clock that is wrong is told', async () => {
  const { endpoint, ...admin } = await start();
  const late = createServer((asked, answer) => {
    asked.pipe(
      request(`${endpoint}${asked.url}`, { method: asked.method, headers: asked.headers }, (got) => {
        answer.writeHead(got.statusCode!, { ...got.headers, date: new Date(Date.now() - 300_000).toUTCString() });
        got.pipe(answer);
      }),
    );
  });
  running.push(late);
  await new Promise<void>((ready) => late.listen(0, '127.0.0.1', ready));
  const wrong = await wrongOf({ ...admin, endpoint: `http://127.0.0.1:${(late.address() as AddressInfo).port}` });
  expect(wrong).toEqual([expect.stringMatching(/^its clock: it is (299|300|301) s behind this machine's clock/)]);
});

test('a key that is made anew is waited for where another process keeps the old one, within a bound', async () => {
  const cached = (seconds: string) => (args: string[]) => [
    '--iam-cache-ttl',
    seconds,
    ...without(args, '--iam-cache-disable'),
  ];
  const made = await start(cached('4'));
  const used = await start(cached('4'));
  const account = { bucket: 'none', prefix: '', accessKey: 'reader', secretKey: 'first-secret-of-the-reader' };
  await ensureAccount(made, account);
  await untilAccepted(used, account);
  const renewed = { ...account, secretKey: 'second-secret-of-the-reader' };
  // The process that made it knows it at once.
  await renewAccount(made, renewed);
  await expect(untilAccepted(used, renewed, 0)).rejects.toThrow(/still refuses the key reader .*--iam-cache-disable/);
  expect(await untilAccepted(used, renewed)).toBeGreaterThan(0);
  await expect(untilAccepted(used, account, 0)).rejects.toThrow(/still refuses/);
});

test('run by the unit with a certificate it speaks TLS, and takes a renewed one without a restart', async () => {
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const issue = (name: string) =>
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-days',
        '2',
        '-subj',
        `/CN=${name}`,
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        key,
        '-out',
        certificate,
      ],
      { stdio: 'ignore' },
    );
  issue('first');
  const { endpoint, server } = await startGateway(
    binary,
    ADMIN,
    (listen) => storeArguments({ listen, region: 'us-east-1', state: folder, tls: { certificate, key } }),
    certificate,
  );
  running.push(server);
  const subject = () =>
    execFileSync(
      'sh',
      [
        '-c',
        `openssl s_client -connect ${new URL(endpoint).host} </dev/null 2>/dev/null | openssl x509 -noout -subject`,
      ],
      { encoding: 'utf8' },
    );
  expect(subject()).toContain('first');
  issue('second');
  server.kill('SIGHUP');
  await until('the renewed certificate is served', 10, () => subject().includes('second'));
});
