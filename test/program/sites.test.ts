import { loadConfiguration } from '../../components/configuration';
import { declarations } from '../../stacks';
import { servicesOf } from '../../stacks/model/validate';
import { configure, runProgram, testSecrets, testSettings, type Registered } from './mocks';

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** Settings of the stack that is the store. */
function settings(change: Record<string, string> = {}): Record<string, string> {
  return {
    ...testSettings(['store-1', 'store-2']),
    store: JSON.stringify({ endpoint: 'https://store.drill.test', region: 'us-east-1', bucketPrefix: 'fleet' }),
    sitePublicKey: `${KEY} sites`,
    'hostPublicKey-store-1': `${KEY} one`,
    'hostPublicKey-store-2': `${KEY} two`,
    ...change,
  };
}

async function run(preview = false, change: Record<string, string> = {}): Promise<Registered[]> {
  const { hosts } = declarations.store;
  const secrets = testSecrets(
    hosts.map(({ name }) => name),
    hosts.flatMap(servicesOf),
  );
  return runProgram('store', { ...settings(change), ...secrets }, Object.keys(secrets), preview);
}

const called = (registered: Registered[], wanted: string) =>
  registered.find(({ name, type }) => name === wanted && type.startsWith('command:'));
const planOf = (registered: Registered[], step: string) =>
  JSON.parse(String(called(registered, step)?.inputs.stdin)) as { files: Array<{ path: string; content: string }> };
const fileOf = (registered: Registered[], step: string, path: string) =>
  planOf(registered, step).files.find((file) => file.path === path)?.content;

test.each([true, false])('both sites are made, by themselves (preview %s)', async (preview) => {
  const registered = await run(preview);
  const of = (type: string) => registered.filter((one) => one.type.endsWith(`:${type}`));
  expect(
    of('Droplet')
      .filter(({ type }) => type.startsWith('digitalocean'))
      .map(({ inputs }) => inputs.region)
      .sort(),
  ).toEqual(['ams3', 'fra1']);
  // No account of a store, no registration, no backups.
  expect(registered.filter(({ type, name }) => /Access|Protection|protect/.test(`${type} ${name}`))).toEqual([]);
  expect(
    of('DnsRecord')
      .map(({ inputs }) => inputs.name)
      .sort(),
  ).toEqual(['store-copy.drill.test', 'store.drill.test']);
  // The name of the second site serves nothing.
  expect(of('UptimeCheck').map(({ inputs }) => inputs.target)).toEqual(['https://store.drill.test/health']);
});

test('a new machine of the first site takes everything from the second, and the second is verified once the first serves', async () => {
  const registered = await run();
  expect(called(registered, 'store-1-store-refill')?.inputs.create).toBe(
    'bash /usr/local/lib/fleet/services/store/refill',
  );
  expect(called(registered, 'store-2-store-refill')).toBeUndefined();
  const names = registered.map(({ name }) => name);
  expect(names.indexOf('store-2-store-copy-verify')).toBeGreaterThan(names.indexOf('store-1-store-public'));
  const begun = await run(false, { bootstrap: 'true' });
  expect(called(begun, 'store-1-store-refill')?.inputs.create).toContain('refill --bootstrap');
});

test('each site reads the other one with a key that does nothing else, and knows its host key', async () => {
  const registered = await run();
  for (const [step, name, key] of [
    ['store-1-store-install', 'store-copy.drill.test', 'two'],
    ['store-2-store-copy-install', 'store.drill.test', 'one'],
  ] as const) {
    expect(fileOf(registered, step, '/etc/fleet-store/.ssh/authorized_keys')).toBe(
      `restrict,command="/usr/bin/rrsync -ro /var/lib/fleet-store" ${KEY} sites\n`,
    );
    expect(fileOf(registered, step, '/etc/fleet-store/known_hosts')).toBe(`${name} ${KEY} ${key}\n`);
    expect(fileOf(registered, step, '/etc/fleet-store/pull.json')).toContain(`"from":"fleet-store@${name}:"`);
  }
  // The administrator’s key is on the first site only.
  expect(fileOf(registered, 'store-1-store-install', '/etc/fleet-store.env')).toContain('secret-of-storeSecretKey');
  expect(JSON.stringify(planOf(registered, 'store-2-store-copy-install'))).not.toContain('secret-of-storeSecretKey');
});

test('SSH leads from one site to the other only, and nobody is let in but by HTTPS on the first', async () => {
  const firewalls = (await run()).filter(({ type }) => type === 'digitalocean:index/firewall:Firewall');
  const ports = (rules: unknown) => (rules as Array<{ portRange?: string }>).map(({ portRange }) => portRange);
  const [first, second] = ['store-1', 'store-2'].map((host) => firewalls.find(({ name }) => name === host));
  expect(ports(first?.inputs.inboundRules)).toEqual(['22', '443', '80', undefined]);
  expect(ports(second?.inputs.inboundRules)).toEqual(['22', undefined]);
  for (const { inputs } of firewalls)
    expect(inputs.outboundRules).toContainEqual({
      protocol: 'tcp',
      portRange: '22',
      destinationAddresses: ['198.18.0.200/32'],
    });
});

test('settings of a store that names another one, or keeps its sites apart, are refused', async () => {
  const { hosts } = declarations.store;
  const secrets = testSecrets(
    hosts.map(({ name }) => name),
    hosts.flatMap(servicesOf),
  );
  await configure(
    'store',
    {
      ...settings({
        store: JSON.stringify({ endpoint: 'https://s3.example.org', region: 'us-east-1', bucketPrefix: 'fleet' }),
        sshSources: JSON.stringify(['192.0.2.1/32']),
        sitePublicKey: '',
      }),
      ...secrets,
    },
    Object.keys(secrets),
    false,
  );
  let told = '';
  try {
    loadConfiguration();
  } catch (error) {
    told = (error as Error).message;
  }
  for (const one of [
    'this stack is the store at https://store.drill.test, and https://s3.example.org is another one',
    'config fleet:sshSources: the other site logs in from a machine whose address changes',
    'config fleet:sitePublicKey: is missing; run `fleet init --stack store`',
  ])
    expect(told).toContain(one);
});
