import * as pulumi from '@pulumi/pulumi';
import { loadConfiguration } from '../../components/configuration';
import { Proof } from '../../components/proof';
import { policyOf } from '../../components/store/admin';
import { declarationNamed } from '../../stacks';
import { servicesOf } from '../../stacks/model/validate';
import { configure, testSecrets, testSettings, type Registered } from './mocks';

async function run(stack: string): Promise<Registered[]> {
  const { hosts } = declarationNamed(stack)!;
  const names = hosts.map(({ name }) => name);
  const secrets = testSecrets(names, hosts.flatMap(servicesOf));
  const registered = await configure(stack, { ...testSettings(names), ...secrets }, Object.keys(secrets), false);
  await pulumi.runtime.runInPulumiStack(async () => {
    const configuration = loadConfiguration();
    new Proof(configuration.declaration.fleet, configuration);
  });
  await pulumi.runtime.disconnect();
  return registered;
}

test('a proof restores what has data, closed, with a key that reads, and touches no name and no backup', async () => {
  const registered = await run('proof-alpha');
  const types = registered.map(({ type }) => type);
  for (const forbidden of ['ReservedIp', 'DnsRecord', 'Uptime', 'Protection', 'Cutover', 'fleet:store:Access'])
    expect(types.filter((type) => type.includes(forbidden))).toEqual([]);
  const names = registered.map(({ name }) => name);
  for (const step of [
    'isolate',
    'gitea-restore',
    'gitea-check',
    'gitea-verify',
    'metrics-verify',
    'hermes-allegro-verify',
  ])
    expect(names).toContain(`alpha-${step}`);
  // Models are pulled again, not restored: nothing to prove, and nowhere to pull them from.
  expect(names.filter((name) => /ollama|protect|discover|converge/.test(name))).toEqual([]);
  const manifest = JSON.parse(
    String(
      registered.find(({ name, type }) => name === 'alpha-provision' && type === 'command:remote:Command')?.inputs
        .stdin,
    ),
  ) as { host: object; store: { accessKey: string } };
  expect(manifest.host).toMatchObject({
    scratch: true,
    stack: 'proof-alpha',
    store: { bucket: 'fleet-timmy-alpha-alpha', prefix: '1000' },
  });
  expect(manifest.store.accessKey).toBe('fleet-timmy-alpha-alpha-reader');
  const firewall = registered.find(({ type }) => type === 'digitalocean:index/firewall:Firewall');
  expect((firewall?.inputs.inboundRules as Array<{ portRange?: string }>).map(({ portRange }) => portRange)).toEqual([
    '22',
    undefined,
  ]);
});

test('what the reader may do is to read', () => {
  const { Statement } = policyOf({ bucket: 'b', prefix: '7', accessKey: 'b-7', secretKey: 's' }) as {
    Statement: Array<{ Principal: { AWS: string[] }; Action: string[] }>;
  };
  const allowed = Statement.filter(({ Principal }) => Principal.AWS.includes('b-reader')).flatMap(
    ({ Action }) => Action,
  );
  expect(allowed).toContain('s3:GetObject');
  expect(allowed.filter((action) => /Put|Delete|Abort/.test(action))).toEqual([]);
});

test('a proof of nothing, or of a proof, is no stack', () => {
  expect(declarationNamed('proof-nowhere')).toBeUndefined();
  expect(declarationNamed('proof-proof-alpha')).toBeUndefined();
});
