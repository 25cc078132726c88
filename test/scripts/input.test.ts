/** What a step run by hand reads: complete, and never asked of the network. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inputOf } from '../../scripts/restore/input';
import { main } from '../../scripts/fleet';
import { openStackFile, PASSPHRASE } from '../fixtures/passphrase';
import { NAMESPACE } from '../../stacks/model/settings';
import { declarations } from '../../stacks';
import { servicesOf } from '../../stacks/model/validate';
import { testSecrets, testSettings } from '../program/mocks';

const saved = { ...process.env };
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'input-'));
  const path = join(folder, 'Pulumi.alpha.yaml');
  process.env = { ...saved, FLEET_CONFIG_FILE: path, PULUMI_CONFIG_PASSPHRASE: PASSPHRASE };
  const file = await openStackFile(path);
  for (const [key, value] of Object.entries(testSettings(['alpha']))) file.setPlain(`${NAMESPACE}:${key}`, value);
  const { telegramBotToken: _, ...secrets } = testSecrets(['alpha'], declarations.alpha.hosts.flatMap(servicesOf));
  for (const [key, value] of Object.entries(secrets)) file.setSecret(`${NAMESPACE}:${key}`, value);
  file.save();
});

afterAll(() => {
  process.env = saved;
});

test('a plan comes with its secrets in their places', async () => {
  const plan = await inputOf('alpha-gitea-install', { stack: 'alpha', incarnation: '1' });
  expect(plan).toContain('SECRET_KEY = secret-of-giteaSecretKey');
  expect(plan).not.toContain('{{secret:');
});

test('an optional secret that is not set leaves its place empty', async () => {
  expect(await inputOf('alpha-distress-install', { stack: 'alpha', incarnation: '1' })).toContain('\\"token\\":\\"\\"');
});

test('the manifest names the incarnation and the key derived for it, and the store gets the same key', async () => {
  const manifest = JSON.parse(
    await inputOf('alpha-provision', { stack: 'alpha', host: 'alpha', incarnation: '42' }),
  ) as { host: { incarnation: string }; store: { accessKey: string; secretKey: string } };
  expect(manifest.host.incarnation).toBe('42');
  expect(manifest.store.accessKey).toBe('fleet-timmy-alpha-alpha-42');
  const request = JSON.parse(await inputOf('alpha', { stack: 'alpha', host: 'alpha', incarnation: '42' })) as {
    account: { secretKey: string };
  };
  expect(request.account.secretKey).toBe(manifest.store.secretKey);
  const other = JSON.parse(
    await inputOf('alpha-provision', { stack: 'alpha', host: 'alpha', incarnation: '43' }),
  ) as typeof manifest;
  expect(other.store.secretKey).not.toBe(manifest.store.secretKey);
});

test('what is needed before the first step', async () => {
  expect(await inputOf('deploy-key', { stack: 'alpha' })).toContain('secret-of-deployPrivateKey');
  expect(await inputOf('host-key', { stack: 'alpha' })).toMatch(/^ssh-ed25519 /);
  expect(await inputOf('user-data', { stack: 'alpha' })).toMatch(/^#cloud-config\n.*secret-of-hostKey-alpha/);
});

test('a step that reads nothing reads nothing', async () => {
  expect(await inputOf('alpha-gitea-start', { stack: 'alpha' })).toBe('');
});

test.each([
  [
    'an unknown step',
    ['input', 'alpha-teapot-install', '--stack', 'alpha', '--incarnation', '1'],
    /no step alpha-teapot-install/,
  ],
  ['an unknown host', ['input', 'user-data', '--stack', 'alpha', '--host', 'gamma'], /no host gamma/],
  ['no incarnation', ['input', 'alpha-provision', '--stack', 'alpha'], /--incarnation/],
])('%s is wrong usage, told in a sentence without any secret', async (_what, argv, why) => {
  const told: string[] = [];
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, 'write').mockImplementation((text) => (told.push(String(text)), true));
  try {
    await expect(main(argv)).resolves.toBe(2);
  } finally {
    jest.restoreAllMocks();
  }
  expect(told.join('')).toMatch(why);
  expect(told.join('')).not.toContain('secret-of');
});
