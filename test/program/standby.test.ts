/** A standby: registered only where it is asked for, and made the primary by one raised value. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { machinesOf } from '../../components/machines/slots';
import { policyOf } from '../../components/store/admin';
import { declarations } from '../../stacks';
import { machineRules } from '../../stacks/model/rules/machines';
import { settingsSchema } from '../../stacks/model/settings';
import { servicesOf } from '../../stacks/model/validate';
import { parsedSettings, runProgram, testSecrets, testSettings, type Registered } from './mocks';

const WARM = { alpha: { everyMinutes: 5 } };
const DROPLET = 'digitalocean:index/droplet:Droplet';

async function run(settings: Record<string, unknown>): Promise<Registered[]> {
  const hosts = declarations.drill.hosts.map(({ name }) => name);
  const secrets = testSecrets(hosts, declarations.drill.hosts.flatMap(servicesOf));
  const more = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, JSON.stringify(value)]));
  return runProgram('drill', { ...testSettings(hosts), ...secrets, ...more }, Object.keys(secrets), false);
}

const namesOf = (registered: Registered[]) => registered.map(({ type, name }) => `${type} ${name}`);
const inputsOf = (registered: Registered[], name: string, type = 'command:remote:Command') =>
  registered.find((one) => one.name === name && one.type === type)?.inputs as Record<string, unknown>;
/** The mocks number droplets as they come. */
const idOf = (registered: Registered[], droplet: string) =>
  String(1000 + registered.filter(({ type }) => type === DROPLET).findIndex(({ name }) => name === droplet));
const onDroplet = (registered: Registered[], prefix: RegExp) => [
  ...new Set(
    registered
      .filter(({ type, name }) => type === 'command:remote:Command' && prefix.test(name))
      .map(({ inputs }) => (inputs.triggers as string[])[0]),
  ),
];
const portsOf = (registered: Registered[], name: string) =>
  (
    inputsOf(registered, name, 'digitalocean:index/firewall:Firewall').inboundRules as Array<{ portRange?: string }>
  ).flatMap(({ portRange }) => portRange ?? []);

/** What a stack without the option registers, as program.test.ts holds it. */
const plain = readFileSync(join(__dirname, '__snapshots__/program.test.ts.snap'), 'utf8')
  .split('exports[')
  .filter((part) => part.startsWith('`stack drill logical names'))
  .flatMap((part) => [...part.matchAll(/^ {2}"(.+)",$/gm)].map(([, name]) => name));

test('with the option there is all that was there, and a second machine that waits', async () => {
  const warm = await run({ standby: WARM });
  expect(plain.length).toBeGreaterThan(20);
  const more = namesOf(warm).filter((name) => !plain.includes(name));
  expect(plain.filter((name) => !namesOf(warm).includes(name))).toEqual([]);
  expect(plain.filter((name) => /twin|standby/.test(name))).toEqual([]);
  expect(more).toEqual(
    expect.arrayContaining([
      `${DROPLET} alpha-twin`,
      'command:remote:Command alpha-standby-wait',
      'command:local:Command alpha-standby-reader',
    ]),
  );
  // It installs what gates the cutover and starts nothing: no restore, no start, no name, no backups.
  expect(more.filter((name) => /-(restore|start|verify|protect|public)$|ReservedIp|DnsRecord/.test(name))).toEqual([]);
  expect(onDroplet(warm, /^alpha-standby-/)).toEqual([idOf(warm, 'alpha-twin')]);
  expect(onDroplet(warm, /^alpha-(?!standby-)/)).toEqual([idOf(warm, 'alpha')]);
  expect([portsOf(warm, 'alpha'), portsOf(warm, 'alpha-twin')]).toEqual([
    expect.arrayContaining(['22', '443']),
    ['22'],
  ]);
  expect(inputsOf(warm, 'alpha-twin', DROPLET).tags).toEqual(['timmy-drill-alpha-twin']);
  const manifest = JSON.parse(String(inputsOf(warm, 'alpha-standby-provision').stdin)) as {
    host: object;
    store: { accessKey: string };
  };
  expect([manifest.host, manifest.store.accessKey]).toMatchObject([
    { host: 'alpha', scratch: true },
    'fleet-timmy-drill-alpha-standby',
  ]);
  expect(inputsOf(warm, 'alpha-standby-wait')).toMatchObject({
    create: 'bash /usr/local/lib/fleet/standby 5',
    stdin: JSON.stringify({ services: ['gitea', 'reverse-proxy'] }),
  });
});

test('promoted, every step of the host runs on the other machine, with a key that writes, and the first one waits', async () => {
  const registered = await run({ standby: WARM, rebuild: { alpha: 1 } });
  expect(onDroplet(registered, /^alpha-(?!standby-)/)).toEqual([idOf(registered, 'alpha-twin')]);
  expect(onDroplet(registered, /^alpha-standby-/)).toEqual([idOf(registered, 'alpha')]);
  expect(
    String(inputsOf(registered, 'alpha', 'digitalocean:index/reservedIpAssignment:ReservedIpAssignment').dropletId),
  ).toBe(idOf(registered, 'alpha-twin'));
  expect([portsOf(registered, 'alpha'), portsOf(registered, 'alpha-twin')]).toEqual([
    ['22'],
    expect.arrayContaining(['443']),
  ]);
  expect(JSON.parse(String(inputsOf(registered, 'alpha-provision').stdin))).toMatchObject({
    host: { host: 'alpha', scratch: false },
    store: { accessKey: `fleet-timmy-drill-alpha-${idOf(registered, 'alpha-twin')}` },
  });
});

test("without the option the successor of a machine is made in the other place, and the machine that serves is nobody's to change", async () => {
  const [before, after] = [await run({}), await run({ rebuild: { alpha: 1 } })];
  const droplets = (registered: Registered[]) =>
    registered.filter(({ type }) => type === DROPLET).map(({ name }) => name);
  expect([droplets(before), droplets(after)]).toEqual([['alpha'], ['alpha-twin']]);
  const steps = (registered: Registered[]) =>
    namesOf(registered)
      .filter((name) => name.startsWith('command:'))
      .sort();
  expect(steps(after)).toEqual(steps(before));
  expect(onDroplet(after, /^alpha-/)).toEqual([idOf(after, 'alpha-twin')]);
});

test('of the two machines the one that ceases to be the primary is made anew, and no other', () => {
  const triggers = (generation: number) => {
    const { primary, standby } = machinesOf('alpha', { standby: WARM, rebuild: { alpha: generation } });
    const found = Object.fromEntries(
      [primary, standby!].map(({ name, replacementTrigger }) => [name, replacementTrigger]),
    );
    return { primary: primary.name, own: found.alpha, twin: found['alpha-twin'] };
  };
  const history = [0, 1, 2, 3].map(triggers);
  expect(history.map(({ primary }) => primary)).toEqual(['alpha', 'alpha-twin', 'alpha', 'alpha-twin']);
  for (const [before, after] of [
    [0, 1],
    [1, 2],
    [2, 3],
  ].map((pair) => pair.map((index) => history[index]))) {
    expect([before.own !== after.own, before.twin !== after.twin]).toEqual([
      before.primary === 'alpha',
      before.primary === 'alpha-twin',
    ]);
  }
  // To ask for a standby replaces nothing.
  expect(machinesOf('alpha', { standby: {}, rebuild: {} })).toEqual({
    primary: { name: 'alpha', replacementTrigger: 0 },
    generation: 0,
  });
});

test('settings that mean nothing are refused', () => {
  const problems = (values: object) =>
    machineRules(declarations.drill, settingsSchema.parse({ ...parsedSettings(), ...values })).map(
      ({ path, message }) => `${path}: ${message}`,
    );
  expect(problems({ standby: WARM, rebuild: { alpha: 1 } })).toEqual([]);
  expect(problems({ standby: { gamma: { everyMinutes: 5 } }, rebuild: { delta: 1 } })).toEqual([
    expect.stringContaining('no host "gamma"'),
    expect.stringContaining('no host "delta"'),
  ]);
  expect(settingsSchema.safeParse({ ...parsedSettings(), standby: { alpha: { everyMinutes: 0 } } }).success).toBe(
    false,
  );
});

test('the standby’s key reads the host’s backups and writes nothing but how far it is', () => {
  const statements = (hasStandby: boolean) =>
    (
      policyOf({ bucket: 'b', prefix: '7', accessKey: 'b-7', secretKey: 's' }, hasStandby) as {
        Statement: Array<{ Principal: { AWS: string[] }; Action: string[]; Resource: string }>;
      }
    ).Statement.filter(({ Principal }) => Principal.AWS.includes('b-standby'));
  expect(statements(false)).toEqual([]);
  const changing = statements(true).filter(({ Action }) => Action.some((action) => /Put|Delete|Abort/.test(action)));
  expect(changing.map(({ Action, Resource }) => [Action, Resource])).toEqual([
    [['s3:PutObject'], 'arn:aws:s3:::b/standby/*'],
  ]);
});
