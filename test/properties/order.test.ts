/** What the program asks for: in which order, of which machine, and nothing that depends on the day. */
import * as pulumi from '@pulumi/pulumi';
import { loadConfiguration } from '../../components/configuration';
import { Fleet } from '../../components/fleet';
import { declarations } from '../../stacks';
import { servicesOf } from '../../stacks/model/validate';
import { configure, testSecrets, testSettings, type Registered } from '../program/mocks';
import { plans } from './support';

interface Asked extends Registered {
  /** Names of what it waits for, directly or not, with their types: `type name`. */
  after: Set<string>;
  replacedFirst: boolean;
}

/** Runs the program of a stack and keeps the edges between what it registers. */
async function program(stack: string): Promise<Asked[]> {
  const { hosts } = declarations[stack];
  const secrets = testSecrets(
    hosts.map(({ name }) => name),
    hosts.flatMap(servicesOf),
  );
  const registered = await configure(
    stack,
    { ...testSettings(hosts.map(({ name }) => name)), ...secrets },
    Object.keys(secrets),
    false,
  );
  const edges = new Map<string, { key: string; needs: string[]; replacedFirst: boolean }>();
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResource: (request: any, answer: (error: unknown, reply: any) => void) => void;
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, answer) =>
    register(request, (error, reply) => {
      if (reply)
        edges.set(reply.getUrn(), {
          key: `${request.getType()} ${request.getName()}`,
          needs: request.getDependenciesList(),
          replacedFirst: request.getDeletebeforereplace(),
        });
      answer(error, reply);
    });
  await pulumi.runtime.runInPulumiStack(async () => {
    const configuration = loadConfiguration();
    new Fleet(configuration.declaration.fleet, configuration);
  });
  await pulumi.runtime.disconnect();
  const reach = (urn: string, seen = new Set<string>()): Set<string> => {
    for (const next of edges.get(urn)?.needs ?? []) if (!seen.has(next)) reach(next, seen.add(next));
    return seen;
  };
  const byKey = new Map(
    [...edges].map(([urn, { key, replacedFirst }]) => [
      key,
      { after: new Set([...reach(urn)].map((one) => edges.get(one)?.key ?? one)), replacedFirst },
    ]),
  );
  return registered
    .filter(({ type, name }) => byKey.has(`${type} ${name}`))
    .map((one) => ({ ...one, ...byKey.get(`${one.type} ${one.name}`)! }));
}

const REMOTE = 'command:remote:Command';
const ONLY_DATE = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;
let alpha: Asked[];
let beta: Asked[];
let later: Asked[];
beforeAll(async () => {
  alpha = await program('alpha');
  beta = await program('beta');
  jest.useFakeTimers({ now: Date.now() + 400 * 86_400_000, doNotFake: [...ONLY_DATE] });
  later = await program('alpha');
  jest.useRealTimers();
  // Three whole programs; a bound against hanging only.
}, 240_000);
afterAll(() => jest.useRealTimers());

const named = (name: string, type = REMOTE) => alpha.find((one) => one.type === type && one.name === name)!;
const step = (name: string) => `${REMOTE} alpha-${name}`;

test('a name moves only once what it leads to is back and verified on the new host itself', () => {
  const moves = alpha.filter(({ type }) => /reservedIpAssignment|dnsRecord/.test(type));
  expect(moves).toHaveLength(1 + declarations.alpha.hosts[0].publicNames.length);
  const wanted = ['gitea', 'reverse-proxy']
    .flatMap((service) => ['install', 'restore', 'start', 'verify'].map((part) => step(`${service}-${part}`)))
    .concat(step('gitea-check'));
  for (const { name, after } of moves)
    expect({ name, missing: wanted.filter((one) => !after.has(one)) }).toEqual({ name, missing: [] });
  // Then it is tried through the name; the hosts' own checks ask nobody but themselves.
  const publicly = named('alpha-gitea-public').after;
  expect(moves.filter(({ type, name }) => !publicly.has(`${type} ${name}`))).toEqual([]);
  const elsewhere = plans.flatMap(({ name, health }) =>
    [health.url, health.sourcedUrl]
      .filter((url) => url && !/^http:\/\/127\.0\.0\.1[:/]/.test(url))
      .map((url) => `${name}: ${url}`),
  );
  expect(elsewhere).toEqual([]);
});

test('the forge is back before anything that is cloned from it starts', () => {
  const waiting = plans.filter(({ stack, source }) => stack === 'alpha' && source);
  expect(waiting.length).toBeGreaterThan(8);
  expect(
    waiting.filter(({ name }) => !named(`alpha-${name}-start`).after.has(step('gitea-verify'))).map(({ name }) => name),
  ).toEqual([]);
});

test('nothing is deleted before what replaces it has passed', () => {
  for (const asked of [alpha, beta]) {
    // But for a record that became an alias: a zone takes no address beside one.
    expect(
      asked
        .filter(({ type, replacedFirst }) => replacedFirst && type !== 'cloudflare:index/dnsRecord:DnsRecord')
        .map(({ name }) => name),
    ).toEqual([]);
    // With a name of its own a droplet would have to go first to make room for the next one.
    expect(
      asked.filter(({ type }) => type === 'digitalocean:index/droplet:Droplet').map(({ inputs }) => inputs.name),
    ).toEqual([undefined]);
  }
});

test('the program asks for the same on another day', () => {
  const inputs = (asked: Asked[]) => Object.fromEntries(asked.map((one) => [`${one.type} ${one.name}`, one.inputs]));
  expect(inputs(later)).toEqual(inputs(alpha));
  expect(alpha.filter(({ name }) => /20\d\d/.test(name))).toEqual([]);
});

test('a machine takes the key that the stack declares, and no other', () => {
  const [droplet] = alpha.filter(({ type }) => type === 'digitalocean:index/droplet:Droplet');
  // As ssh-keygen -l -E md5 prints it.
  expect(droplet.inputs.sshKeys).toEqual(['3d:52:38:ce:ff:94:f5:d7:81:a4:a4:f9:2b:4f:fe:a0']);
  expect(droplet.after.has('digitalocean:index/sshKey:SshKey deploy')).toBe(true);
});

test('a command on a host is bash, a script and plain words: no shell takes any of it apart', () => {
  const commands = [...alpha, ...beta].filter(({ type }) => type === REMOTE).map(({ inputs }) => String(inputs.create));
  expect(commands.length).toBeGreaterThan(60);
  expect(
    commands.filter((command) => !/^bash \/usr\/local\/lib\/fleet\/[a-z-]+( [\w.,:/@+-]*)*$/.test(command)),
  ).toEqual([]);
});

test('no secret is in the text of a command, remote or local', () => {
  const commands = [...alpha, ...beta].filter(({ type }) => type.startsWith('command:'));
  expect(commands.filter(({ type }) => type === 'command:local:Command').length).toBeGreaterThan(0);
  expect(
    commands
      .filter(({ inputs }) => /secret-of|SECRET-KEY|PRIVATE KEY/.test(String(inputs.create ?? '')))
      .map(({ name }) => name),
  ).toEqual([]);
});

test('no address that a document records is used for anything', () => {
  const recorded = ['alpha', 'beta'].flatMap((stack) => declarations[stack].hosts.flatMap(({ knownIps }) => knownIps));
  const asked = JSON.stringify([...alpha, ...beta].map(({ inputs }) => inputs));
  expect(recorded.length).toBeGreaterThan(2);
  expect([...recorded, '143.198.27.52'].filter((address) => asked.includes(address))).toEqual([]);
});
