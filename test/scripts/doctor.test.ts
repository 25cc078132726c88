/** `fleet doctor`, against the embedded APIs in this process. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authority } from '../../scripts/doctor/authority';
import { doctorTable, examine, wrongOf } from '../../scripts/doctor/doctor';
import { answers, downloads, modelsOf } from '../../scripts/doctor/downloads';
import type { Finding } from '../../scripts/doctor/finding';
import { hasState, refuseUnfit } from '../../scripts/doctor/first';
import { lookAt } from '../../scripts/doctor/look';
import { places } from '../../scripts/doctor/places';
import { isOlder } from '../../scripts/doctor/programs';
import { initStack } from '../../scripts/init/init';
import type { StackFile } from '../../scripts/lib/stack-file';
import { letsEncrypt } from '../../stacks/outside/authorities';
import { openStackFile, PASSPHRASE } from '../fixtures/passphrase';
import { Harness, TOKENS, ZONE } from '../localcloud/api-harness';

let cloud: Harness;
let folder: string;
const servers: Server[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fleet-doctor-'));
  process.env.FLEET_CONFIG_FILE = join(folder, 'Pulumi.alpha.yaml');
  cloud = await new Harness().start();
  const file = await openStackFile(process.env.FLEET_CONFIG_FILE);
  await initStack('alpha', file, async ({ key }) => (key === 'storeAccessKey' ? 'admin' : 'administrator-secret'));
  file.setPlain('fleet:zone', ZONE);
  file.setPlain('fleet:store', { endpoint: 'http://127.0.0.1:1', region: 'us-east-1', bucketPrefix: 'timmy' });
  file.setPlain('fleet:forgeAdmin', { name: 'timmy', email: 'ops@example.org' });
  file.save();
});

afterEach(async () => {
  delete process.env.FLEET_CONFIG_FILE;
  for (const server of servers.splice(0)) server.close();
  await cloud.stop();
});

const environment = (tokens = TOKENS): NodeJS.ProcessEnv => ({
  PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
  DIGITALOCEAN_API_URL: cloud.url,
  CLOUDFLARE_BASE_URL: `${cloud.url}/client/v4`,
  DIGITALOCEAN_TOKEN: tokens.digitalocean,
  CLOUDFLARE_API_TOKEN: tokens.cloudflare,
});
const change = async (act: (file: StackFile) => void) => {
  const file = await openStackFile(process.env.FLEET_CONFIG_FILE!);
  act(file);
  file.save();
};
const limited = async (api: string, scopes: string[]) =>
  (await cloud.post('/_cloud/tokens', { api, scopes })).body.token as string;
const record = (fields: object) => cloud.post(`/client/v4/zones/${ZONE.id}/dns_records`, fields);
/** What this machine lacks is not what is tried here. */
const line = ({ topic, what, detail }: Finding) => `${topic}: ${what}: ${detail}`;
const wrongLines = (findings: Finding[]) =>
  wrongOf(findings)
    .filter(({ what }) => what !== 'Node.js')
    .map(line);

async function listen(answer: (path: string) => [number, Record<string, string>, string?]): Promise<string> {
  const server = createServer((request, response) => {
    const [status, headers, body] = answer(request.url ?? '');
    response.writeHead(status, headers).end(body);
  });
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('of an outside that is as it must be nothing is wrong but the store that is not there, and nothing is changed', async () => {
  const findings = await examine('alpha', true, environment());
  expect(wrongLines(findings)).toEqual([expect.stringMatching(/^store: administrator: .*ECONNREFUSED/)]);
  expect([...new Set(findings.map(({ topic }) => topic))]).toEqual([
    'this machine',
    'settings',
    'DigitalOcean',
    'Cloudflare',
    'certificates',
    'store',
    'downloads',
  ]);
  const made = await Promise.all(
    ['droplets', 'reserved_ips', 'firewalls', 'tags', 'account/keys', 'uptime/checks'].map(
      async (path) => (await cloud.get(`/v2/${path}`)).body,
    ),
  );
  expect(made.map(({ meta }) => meta.total)).toEqual([0, 0, 0, 0, 0, 0]);
});

test('ten things wrong are ten lines, each with what to do', async () => {
  for (let count = 0; count < 3; count++) await cloud.post('/v2/reserved_ips', { region: 'nyc1' });
  await record({ type: 'CAA', name: ZONE.name, data: { flags: 0, tag: 'issue', value: 'pki.goog' } });
  await record({ type: 'A', name: 'forge', content: '203.0.113.7' });
  await change((file) => {
    file.remove('fleet:forgeAdmin');
    file.remove('fleet:resticPassword');
  });
  const reading = [
    '*:read',
    'droplet:create',
    'droplet:update',
    'droplet:delete',
    'reserved_ip:create',
    'reserved_ip:update',
    'reserved_ip:delete',
    'firewall:create',
    'firewall:update',
    'firewall:delete',
    'ssh_key:create',
    'ssh_key:delete',
    'tag:create',
    'uptime:create',
    'uptime:update',
  ];
  const env = environment({
    digitalocean: await limited('digitalocean', reading),
    cloudflare: await limited('cloudflare', ['zone:read', 'dns_records:read']),
  });
  const findings = await examine('alpha', true, env);
  expect(wrongLines(findings)).toEqual([
    'settings: fleet:forgeAdmin: it is missing',
    'settings: fleet:resticPassword: it is missing',
    'DigitalOcean: token of DIGITALOCEAN_TOKEN: it lacks the scope tag:delete',
    'DigitalOcean: token of DIGITALOCEAN_TOKEN: it lacks the scope uptime:delete',
    'DigitalOcean: reserved IPs: the account may have 3, has 3 and needs 1 more',
    'Cloudflare: token of CLOUDFLARE_API_TOKEN: it lacks the scope DNS:Edit of the zone',
    `Cloudflare: CAA records: those of ${ZONE.name} let only pki.goog issue for forge.${ZONE.name}`,
    `Cloudflare: CAA records: those of ${ZONE.name} let only pki.goog issue for hooks.${ZONE.name}`,
    expect.stringMatching(new RegExp(`^Cloudflare: public name: forge.${ZONE.name} leads to 203.0.113.7 already`)),
    expect.stringMatching(/^store: administrator: /),
  ]);
  expect(wrongOf(findings).every(({ todo }) => todo!.length > 10)).toBe(true);
  const table = doctorTable(findings);
  expect(table).toContain(`${wrongOf(findings).length} of ${findings.length} things are wrong.`);
  for (const secret of ['administrator-secret', env.DIGITALOCEAN_TOKEN!])
    expect(table + JSON.stringify(findings)).not.toContain(secret);
});

test('where nothing is right nothing throws: a missing token, a wrong one, an API that is away, a file that does not open', async () => {
  const findings = await examine('alpha', true, {
    ...environment(),
    DIGITALOCEAN_TOKEN: '',
    CLOUDFLARE_API_TOKEN: 'x'.repeat(40),
    PULUMI_CONFIG_PASSPHRASE: 'wrong',
  });
  expect(wrongLines(findings)).toEqual([
    expect.stringMatching(/^settings: stack file: The passphrase does not open/),
    'DigitalOcean: token of DIGITALOCEAN_TOKEN: there is none',
    'Cloudflare: token of CLOUDFLARE_API_TOKEN: Cloudflare does not accept it',
    expect.stringMatching(/^Cloudflare: zone: Cloudflare does not accept the token/),
  ]);
  const away = await examine('alpha', true, {
    ...environment(),
    DIGITALOCEAN_API_URL: 'http://127.0.0.1:1',
    CLOUDFLARE_BASE_URL: 'http://127.0.0.1:1',
  });
  expect(wrongLines(away).filter((one) => !/ECONNREFUSED/.test(one))).toEqual([]);
});

test('a stack that has its names already is not told that they are taken; the first update of one that has nothing is refused', async () => {
  await record({ type: 'A', name: 'forge', content: '203.0.113.7' });
  expect(wrongLines(await examine('alpha', false, environment())).filter((one) => one.includes('public name'))).toEqual(
    [],
  );

  const before = process.env;
  process.env = { ...before, ...environment(), PULUMI_BACKEND_URL: `file://${folder}` };
  try {
    const error = (await refuseUnfit('alpha').catch((thrown: Error) => thrown)) as Error;
    expect(error.message).toMatch(/Stack alpha was not begun, and nothing was made:[^]*203\.0\.113\.7/);
    mkdirSync(join(folder, '.pulumi/stacks/fleet'), { recursive: true });
    writeFileSync(
      join(folder, '.pulumi/stacks/fleet/alpha.json'),
      JSON.stringify({ version: 3, checkpoint: { latest: { resources: [{ urn: 'urn:x' }] } } }),
    );
    expect(hasState('alpha')).toBe(true);
    await refuseUnfit('alpha');
  } finally {
    process.env = before;
  }
});

test('an image or a size that cannot be had where the host is declared', async () => {
  const look = await lookAt('alpha', true, environment());
  const [host] = look.declaration.hosts;
  const of = async (change: object) =>
    (await places({ ...look, declaration: { ...look.declaration, hosts: [{ ...host, ...change }] } }))
      .filter(({ todo }) => todo)
      .map(({ detail }) => detail);
  expect(await of({})).toEqual([]);
  expect(await of({ image: 'debian-11-x64', size: 's-3vcpu-1gb' })).toEqual([
    'DigitalOcean has no image debian-11-x64 any more',
    'DigitalOcean has no size s-3vcpu-1gb any more',
  ]);
  expect(await of({ region: 'nyc9' })).toEqual([
    'DigitalOcean has the image debian-12-x64 not in nyc9',
    'DigitalOcean has no s-8vcpu-16gb left in nyc9',
  ]);
});

test('a download is asked for through its redirects, and one that is gone or only a mirror has is told', async () => {
  const url = await listen((path) =>
    path === '/asset'
      ? [302, { location: '/stored' }]
      : path === '/stored'
        ? [200, { 'content-length': '3145728' }]
        : [404, {}],
  );
  const asked = { name: 'caddy', version: '2.11.7' };
  expect(await answers({ ...asked, url: `${url}/asset` })).toEqual({
    what: 'caddy 2.11.7',
    detail: expect.stringMatching(/^127\.0\.0\.1:\d+ has it, 3 MiB$/),
  });
  expect(await answers({ ...asked, url: `${url}/gone` })).toMatchObject({
    detail: `${url}/gone answered 404`,
    todo: expect.stringContaining('fleet:artifactMirror'),
  });
  expect(await answers({ ...asked, url: '' })).toMatchObject({
    detail: 'only a mirror can supply it, and there is none',
  });
});

test('a mirror is asked instead of what it stands for', async () => {
  const url = await listen(() => [404, {}]);
  await change((file) => file.setPlain('fleet:artifactMirror', url));
  const look = await lookAt('alpha', true, environment());
  const declaration = { ...look.declaration, models: [] };
  expect(
    (await downloads({ ...look, declaration, isReal: true })).map(({ what, todo }) => [what, todo === undefined]),
  ).toEqual([['mirror', true]]);
});

test('a model that the inference must have is asked for at its registry', async () => {
  const { declaration } = await lookAt('alpha', true, environment());
  expect(modelsOf(declaration, [{ name: 'ollama' }])).toEqual([
    {
      name: 'model',
      version: 'qwen3:4b',
      url: 'https://registry.ollama.ai/v2/library/qwen3/manifests/4b',
      method: 'GET',
    },
  ]);
  expect(modelsOf(declaration, [{ name: 'gitea' }])).toEqual([]);
});

test('the certificate authority answers with its directory, and its limits are said', async () => {
  const url = await listen((path) => (path === '/directory' ? [200, {}, '{"newOrder":"https://…"}'] : [503, {}]));
  const look = { ...(await lookAt('alpha', true, environment())), isReal: true };
  expect((await authority(look, { ...letsEncrypt.value, directory: `${url}/directory` }))[0].detail).toMatch(
    /50 new certificates a week/,
  );
  expect((await authority(look, { ...letsEncrypt.value, directory: `${url}/away` }))[0]).toMatchObject({
    detail: expect.stringContaining('503'),
    todo: expect.any(String),
  });
});

test('versions are compared by their numbers', () => {
  expect([isOlder('3.99.0', '3.226.0'), isOlder('v3.226.0', '3.226.0'), isOlder('22.12.0', '20.19')]).toEqual([
    true,
    false,
    false,
  ]);
});
