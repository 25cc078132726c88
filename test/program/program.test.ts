import * as pulumi from '@pulumi/pulumi';
import { loadConfiguration } from '../../components/configuration';
import { declarations } from '../../stacks';
import { servicesOf } from '../../stacks/model/validate';
import { configure, runProgram, testSecrets, testSettings, type Registered } from './mocks';

// Rehearsals of a stack register what the stack registers.
const stacks = ['alpha', 'beta', 'drill'];

async function run(
  stack: string,
  preview: boolean,
  change: (config: Record<string, string>) => void = () => undefined,
): Promise<Registered[]> {
  const hosts = declarations[stack].hosts.map((host) => host.name);
  const secrets = testSecrets(hosts, declarations[stack].hosts.flatMap(servicesOf));
  const config = { ...testSettings(hosts), ...secrets };
  change(config);
  return runProgram(stack, config, Object.keys(secrets), preview);
}

const remote = (registered: Registered[]) => registered.filter(({ type }) => type.startsWith('command:remote:'));

describe.each(stacks)('stack %s', (stack) => {
  test.each([true, false])('registers without an unknown type (preview %s)', async (preview) => {
    const registered = await run(stack, preview);
    expect(registered.filter(({ type }) => type === 'digitalocean:index/droplet:Droplet')).toHaveLength(
      declarations[stack].hosts.length,
    );
  });

  test('every remote resource pins the host key, runs again for a new incarnation, and has no delete', async () => {
    const steps = remote(await run(stack, false));
    expect(steps.length).toBeGreaterThan(5);
    for (const { type, name, inputs } of steps) {
      const connection = (inputs.connection as Record<string, unknown>) ?? {};
      expect({ name, hostKey: connection.hostKey, dialErrorLimit: connection.dialErrorLimit }).toEqual({
        name,
        hostKey: expect.stringMatching(/^ssh-ed25519 /),
        // Patient with a machine that boots, not with one that has died.
        dialErrorLimit: type.endsWith(':CopyToRemote') ? 60 : 10,
      });
      expect({ name, trigger: (inputs.triggers as unknown[])[0] }).toEqual({ name, trigger: '1000' });
      expect(inputs).not.toHaveProperty('delete');
    }
  });

  test('no secret is in a command text', async () => {
    for (const { inputs } of remote(await run(stack, false)))
      expect(String(inputs.create ?? '')).not.toContain('secret-of');
  });

  test('a machine comes without the provider’s agent, and its /etc/hosts stays as the fleet writes it', async () => {
    const machines = (await run(stack, false)).filter(({ type }) => type === 'digitalocean:index/droplet:Droplet');
    for (const { inputs } of machines) {
      expect(inputs.dropletAgent).toBe(false);
      const [kind, settings] = String(inputs.userData).split('\n');
      expect(kind).toBe('#cloud-config');
      expect(JSON.parse(settings)).toMatchObject({
        manage_etc_hosts: false,
        ssh_keys: { ed25519_private: expect.any(String), ed25519_public: expect.stringMatching(/^ssh-ed25519 /) },
      });
    }
  });

  test('logical names are the ones a running stack knows', async () => {
    const names = (await run(stack, false)).map(({ type, name }) => `${type} ${name}`).sort();
    expect(names).toMatchSnapshot();
  });
});

test('the cloud looks at every public name of production, waits for nothing, and tells the forge’s administrator', async () => {
  const registered = await run('alpha', false);
  const checks = registered.filter(({ type }) => type === 'digitalocean:index/uptimeCheck:UptimeCheck');
  expect(checks.map(({ inputs }) => inputs.target)).toEqual([
    'https://forge.drill.test/',
    'https://hooks.drill.test/health',
  ]);
  const alerts = registered.filter(({ type }) => type === 'digitalocean:index/uptimeAlert:UptimeAlert');
  expect(alerts.map(({ inputs }) => `${String(inputs.checkId)} ${String(inputs.type)}`).sort()).toEqual(
    ['forge', 'hooks'].flatMap((name) => ['down_global', 'ssl_expiry'].map((type) => `alpha-${name}-id ${type}`)),
  );
  for (const { inputs } of alerts) expect(inputs.notifications).toEqual([{ emails: ['admin@drill.test'], slacks: [] }]);
  expect((await run('drill', false)).filter(({ type }) => type.includes('uptime'))).toEqual([]);
});

describe('wrong configuration', () => {
  const problemsOf = async (
    secretKeys: string[],
    change: (config: Record<string, string>) => void = () => undefined,
  ) => {
    const config = { ...testSettings(['alpha']), ...testSecrets(['alpha'], ['gitea']) };
    change(config);
    await configure('drill', config, secretKeys, false);
    try {
      loadConfiguration();
    } catch (error) {
      expect(error).toBeInstanceOf(pulumi.RunError);
      return (error as Error).message;
    }
    throw new Error('the configuration was accepted');
  };
  const everySecret = Object.keys(testSecrets(['alpha'], ['gitea']));

  test('names everything at once, and no secret', async () => {
    const message = await problemsOf(everySecret, (config) => {
      config.zone = JSON.stringify({ id: 'nonsense', name: 'drill.test' });
      config.colour = 'blue';
      delete config.resticPassword;
      config.backupIdentity = 'secret-of-nobody';
    });
    expect(message).toContain('config fleet:zone.id: a Cloudflare zone id is 32 hexadecimal digits');
    expect(message).toContain('colour');
    expect(message).toContain('config fleet:resticPassword: is missing');
    expect(message).toContain('config fleet:backupIdentity: does not have the form it should');
    expect(message).not.toContain('secret-of');
  });

  test('a secret in clear text is refused', async () => {
    expect(await problemsOf([])).toContain('config fleet:resticPassword: is stored in clear text');
  });
});

test('secrets reach the forge filled in', async () => {
  const install = remote(await run('drill', false)).find(({ name }) => name === 'alpha-gitea-install');
  expect(install?.inputs.stdin).toContain('secret-of-giteaSecretKey');
  expect(install?.inputs.stdin).not.toContain('{{secret:');
});
