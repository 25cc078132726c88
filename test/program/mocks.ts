/** Runs the program under Pulumi's mocks. A type or call that is not listed throws. */
import * as pulumi from '@pulumi/pulumi';
import { loadConfiguration } from '../../components/configuration';
import { Fleet } from '../../components/fleet';
import { Sites } from '../../components/sites';
import { secretsOf } from '../../services/secrets';
import { isStore } from '../../stacks/model/sites';

export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
}

const outputs: Record<string, (name: string, inputs: Record<string, unknown>) => Record<string, unknown>> = {
  'digitalocean:index/tag:Tag': (_, inputs) => inputs,
  'digitalocean:index/sshKey:SshKey': (_, inputs) => ({ ...inputs, fingerprint: 'aa:bb' }),
  'digitalocean:index/firewall:Firewall': (_, inputs) => inputs,
  'digitalocean:index/droplet:Droplet': (_, inputs) => ({ ...inputs, ipv4Address: '198.18.0.10' }),
  'digitalocean:index/reservedIp:ReservedIp': (_, inputs) => ({ ...inputs, ipAddress: '198.18.0.200' }),
  'digitalocean:index/reservedIpAssignment:ReservedIpAssignment': (_, inputs) => inputs,
  'cloudflare:index/dnsRecord:DnsRecord': (_, inputs) => inputs,
  'digitalocean:index/uptimeCheck:UptimeCheck': (_, inputs) => inputs,
  'digitalocean:index/uptimeAlert:UptimeAlert': (_, inputs) => inputs,
  'command:local:Command': (_, inputs) => ({ ...inputs, stdout: '', stderr: '' }),
  'command:remote:Command': (_, inputs) => ({ ...inputs, stdout: '', stderr: '' }),
  'command:remote:CopyToRemote': (_, inputs) => inputs,
};

/** Secrets of a stack for tests: recognisable, and of the right form where the form is checked. */
export function testSecrets(hosts: string[], services: string[]): Record<string, string> {
  return Object.fromEntries(
    secretsOf({ hosts, services }).map(({ key }) => {
      if (['deployPrivateKey', 'sitePrivateKey'].includes(key) || key.startsWith('hostKey-'))
        return [key, `-----BEGIN OPENSSH PRIVATE KEY-----\nsecret-of-${key}\n`];
      if (key === 'backupIdentity') return [key, `AGE-SECRET-KEY-1${key.toUpperCase()}`];
      return [key, `secret-of-${key}`];
    }),
  );
}

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA test';

const SECRET = '4dabf18193072939515e22adb298388d';

/** Inputs without the wrappers that mark secrets. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if (SECRET in value) return plain((value as unknown as { value: unknown }).value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** Plain settings that are valid for any stack. */
export function testSettings(hosts: string[]): Record<string, string> {
  return {
    zone: JSON.stringify({ id: '0'.repeat(32), name: 'drill.test' }),
    store: JSON.stringify({ endpoint: 'http://127.0.0.1:7070', region: 'us-east-1', bucketPrefix: 'fleet' }),
    forgeAdmin: JSON.stringify({ name: 'admin', email: 'admin@drill.test' }),
    deployPublicKey: KEY,
    // What nobody could read a checksum of yet.
    artifactPins: JSON.stringify({ ollama: '0'.repeat(64), 'gitea-runner': '0'.repeat(64) }),
    backupRecipient: 'age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq',
    ...Object.fromEntries(hosts.map((host) => [`hostPublicKey-${host}`, KEY])),
  };
}

/** The same as the program sees them. */
export function parsedSettings(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(testSettings([])).map(([key, value]) => [
      key,
      value.startsWith('{') ? (JSON.parse(value) as unknown) : value,
    ]),
  );
}

/** Prepares a mocked run of a stack with these settings; what gets registered ends up in the returned list. */
export async function configure(
  stack: string,
  config: Record<string, string>,
  secretKeys: string[],
  preview: boolean,
): Promise<Registered[]> {
  const registered: Registered[] = [];
  let droplets = 0;
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const known = outputs[type];
        if (!known && !type.startsWith('fleet:') && type !== 'pulumi:pulumi:Stack')
          throw new Error(`the mocks do not know ${type}`);
        registered.push({ type, name, inputs: plain(inputs) as Record<string, unknown> });
        const isDroplet = type === 'digitalocean:index/droplet:Droplet';
        return {
          id: isDroplet ? String(1000 + droplets++) : `${name}-id`,
          state: known ? known(name, inputs as Record<string, unknown>) : {},
        };
      },
      call: ({ token }) => {
        throw new Error(`the mocks do not know the call ${token}`);
      },
    },
    'fleet',
    stack,
    preview,
  );
  // The SDK's mocks know no resource hooks; registering one is all that happens without an engine.
  const monitor = pulumi.runtime.getMonitor() as unknown as {
    registerResourceHook: (request: unknown, answer: (error: null, reply: object) => void) => void;
  };
  monitor.registerResourceHook = (_, answer) => answer(null, {});
  const secrets = secretKeys.map((key) => `fleet:${key}`);
  process.env.PULUMI_CONFIG_SECRET_KEYS = JSON.stringify(secrets);
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [`fleet:${key}`, value])),
    secrets,
  );
  return registered;
}

/** Registers the program of a stack with these settings and returns what it registered. */
export async function runProgram(
  stack: string,
  config: Record<string, string>,
  secretKeys: string[],
  preview: boolean,
): Promise<Registered[]> {
  const registered = await configure(stack, config, secretKeys, preview);
  await pulumi.runtime.runInPulumiStack(async () => {
    const configuration = loadConfiguration();
    const { declaration } = configuration;
    if (isStore(declaration)) new Sites(declaration.fleet, configuration);
    else new Fleet(declaration.fleet, configuration);
  });
  await pulumi.runtime.disconnect();
  return registered;
}
