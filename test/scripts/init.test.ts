import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utils } from 'ssh2';
import { initStack, declarationOf, variableOf } from '../../scripts/init/init';
import { init } from '../../scripts/init/run';
import { storeFindings } from '../../scripts/doctor/store';
import { secretsOfStack } from '../../services/secrets';
import { StackFile } from '../../scripts/lib/stack-file';

// A real store is asked in store-fit.test.ts.
jest.mock('../../scripts/doctor/store', () => ({ storeFindings: jest.fn(async () => []) }));

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'fleet-test-'))));

const open = () => StackFile.open(join(dir, 'Pulumi.alpha.yaml'), 'correct horse');
const supply = async () => 'supplied-value';

test('everything that a stack needs is made, and only what a person has is asked for', async () => {
  const file = await open();
  const asked: string[] = [];
  const outcome = await initStack('alpha', file, async ({ key }) => {
    asked.push(key);
    return 'supplied-value';
  });
  const secrets = secretsOfStack(declarationOf('alpha'))
    .filter(({ optional }) => !optional)
    .map(({ key }) => `fleet:${key}`);
  expect(outcome.missing).toEqual([]);
  expect(outcome.made).toEqual(
    expect.arrayContaining([...secrets, 'fleet:deployPublicKey', 'fleet:backupRecipient', 'fleet:hostPublicKey-alpha']),
  );
  expect(asked.sort()).toEqual(['storeAccessKey', 'storeSecretKey']);
});

test('the file holds secrets encrypted, and a second run changes nothing', async () => {
  const file = await open();
  await initStack('alpha', file, supply);
  file.save();
  const text = readFileSync(join(dir, 'Pulumi.alpha.yaml'), 'utf8');
  expect(text).not.toContain('supplied-value');
  expect(text).not.toContain('PRIVATE KEY');
  expect(text).not.toContain('AGE-SECRET-KEY');

  const again = await open();
  expect(again.text('fleet:storeSecretKey')).toBe('supplied-value');
  const outcome = await initStack('alpha', again, async () => {
    throw new Error('nothing is to be asked again');
  });
  again.save();
  expect(outcome).toEqual({ made: [], refused: [], missing: [] });
  expect(readFileSync(join(dir, 'Pulumi.alpha.yaml'), 'utf8')).toBe(text);
});

test('a secret that is there is kept, whatever it is', async () => {
  const file = await open();
  file.setSecret('fleet:resticPassword', 'chosen by hand');
  await initStack('alpha', file, supply);
  expect(file.text('fleet:resticPassword')).toBe('chosen by hand');
});

test('key pairs belong together', async () => {
  const file = await open();
  await initStack('alpha', file, supply);
  for (const [secret, plain] of [
    ['fleet:deployPrivateKey', 'fleet:deployPublicKey'],
    ['fleet:hostKey-alpha', 'fleet:hostPublicKey-alpha'],
  ]) {
    const key = utils.parseKey(file.text(secret));
    if (key instanceof Error) throw key;
    expect(key.type).toBe('ssh-ed25519');
    expect(file.text(plain).split(' ')[1]).toBe(key.getPublicSSH().toString('base64'));
  }
  expect(file.text('fleet:backupIdentity')).toMatch(/^AGE-SECRET-KEY-1/);
  expect(file.text('fleet:backupRecipient')).toMatch(/^age1/);
});

test('a lost public half is made from the secret one; a lost secret half is never made up', async () => {
  const whole = await open();
  await initStack('alpha', whole, supply);
  const fresh = await StackFile.open(join(dir, 'half.yaml'), 'correct horse');
  fresh.setSecret('fleet:backupIdentity', whole.text('fleet:backupIdentity'));
  await initStack('alpha', fresh, supply);
  expect(fresh.text('fleet:backupRecipient')).toBe(whole.text('fleet:backupRecipient'));

  const orphan = await StackFile.open(join(dir, 'orphan.yaml'), 'correct horse');
  orphan.setPlain('fleet:deployPublicKey', whole.text('fleet:deployPublicKey'));
  expect((await initStack('alpha', orphan, supply)).refused).toEqual([
    expect.stringContaining('fleet:deployPublicKey is set, but its secret half'),
  ]);
  expect(orphan.has('fleet:deployPrivateKey')).toBe(false);
});

test('what nobody supplies is named, with the variable that supplies it', async () => {
  const outcome = await initStack('alpha', await open(), async () => undefined);
  expect(outcome.missing.map(({ name, variable }) => [name, variable])).toEqual([
    ['fleet:storeAccessKey', 'FLEET_STORE_ACCESS_KEY'],
    ['fleet:storeSecretKey', 'FLEET_STORE_SECRET_KEY'],
  ]);
  expect(variableOf('hostKey-alpha')).toBe('FLEET_HOST_KEY_ALPHA');
});

test('comments and other settings of the file stay', async () => {
  const path = join(dir, 'Pulumi.alpha.yaml');
  writeFileSync(path, '# kept\nconfig:\n  fleet:zone:\n    id: abc # kept too\n');
  const file = await open();
  await initStack('alpha', file, supply);
  file.save();
  const text = readFileSync(path, 'utf8');
  expect(text).toContain('# kept\n');
  expect(text).toContain('id: abc # kept too');
  expect((await open()).get('fleet:zone')).toEqual({ id: 'abc' });
});

test('a wrong passphrase is one sentence', async () => {
  (await open()).save();
  await expect(StackFile.open(join(dir, 'Pulumi.alpha.yaml'), 'wrong')).rejects.toThrow(/passphrase does not open/);
});

describe('the whole command', () => {
  const saved = { ...process.env };
  const zone = `zone=${JSON.stringify({ id: 'a'.repeat(32), name: 'example.org' })}`;
  const store = 'store={"endpoint":"https://store.example.net","region":"r","bucketPrefix":"fleet"}';
  const admin = 'forgeAdmin={"name":"admin","email":"admin@example.org"}';
  // What no public source has a checksum of is pinned by who begins.
  const pins = `artifactPins=${JSON.stringify({ ollama: '0'.repeat(64) })}`;
  const told = (set: string[], ask: () => Promise<string | undefined> = supply) =>
    init('alpha', set, ask).then(
      () => '',
      (error: Error) => error.message,
    );
  beforeEach(() => {
    process.env = {
      ...saved,
      FLEET_CONFIG_FILE: join(dir, 'Pulumi.alpha.yaml'),
      PULUMI_BACKEND_URL: `file://${dir}/state`,
      PULUMI_CONFIG_PASSPHRASE: 'correct horse',
    };
  });
  afterEach(() => {
    process.env = saved;
  });

  test('settings, secrets and the stack are made; again, nothing is', async () => {
    const first = await init('alpha', [zone, store, admin, pins], supply);
    expect(first).toMatchObject({
      stored: ['fleet:zone', 'fleet:store', 'fleet:forgeAdmin', 'fleet:artifactPins'],
      stackMade: true,
      backend: `${dir}/state`,
    });
    const state = join(dir, 'state/.pulumi/stacks/fleet/alpha.json');
    expect(JSON.parse(readFileSync(state, 'utf8')).checkpoint.stack).toBe('organization/fleet/alpha');
    const file = readFileSync(join(dir, 'Pulumi.alpha.yaml'), 'utf8');
    expect(
      await init('alpha', [zone, store, admin, pins], async () =>
        Promise.reject(new Error('nothing is to be asked again')),
      ),
    ).toMatchObject({ stored: [], made: [], stackMade: false });
    expect(readFileSync(join(dir, 'Pulumi.alpha.yaml'), 'utf8')).toBe(file);
  });

  test('every reason against it is told at once, and nothing is written', async () => {
    const file = await open();
    file.setPlain('fleet:zone', { id: 'b'.repeat(32), name: 'example.org' });
    file.setPlain('fleet:deployPublicKey', 'ssh-ed25519 AAAA of-nobody');
    file.setPlain('fleet:rebuild', { gamma: 1 });
    file.save();
    const before = readFileSync(join(dir, 'Pulumi.alpha.yaml'), 'utf8');
    const message = await told([zone, 'store=elsewhere'], async () => undefined);
    for (const part of [
      'fleet:zone is set to something else',
      'fleet:deployPublicKey is set, but its secret half',
      'set FLEET_STORE_ACCESS_KEY',
      'set FLEET_STORE_SECRET_KEY',
      'fleet:store: ',
      'fleet:forgeAdmin: is missing',
    ])
      expect(message).toContain(part);
    expect(message.match(/storeAccessKey/g)).toHaveLength(1);
    expect(readFileSync(join(dir, 'Pulumi.alpha.yaml'), 'utf8')).toBe(before);
    expect(existsSync(join(dir, 'state'))).toBe(false);
  });

  test('a store that cannot hold backups is one of the reasons', async () => {
    jest
      .mocked(storeFindings)
      .mockResolvedValueOnce([{ what: 'versions', detail: 'it keeps none', todo: 'run it with --versioning-dir' }]);
    expect(await told([zone, store, admin, 'rebuild={"gamma":1}'])).toMatch(
      /no host "gamma"[^]*versions: it keeps none; run it with --versioning-dir/,
    );
    expect(existsSync(join(dir, 'Pulumi.alpha.yaml'))).toBe(false);
  });

  test('what the program would refuse is refused', async () => {
    expect(await told([zone, store, admin, 'rebuild={"gamma":1}'])).toContain(
      'config fleet:rebuild.gamma: there is no host "gamma"',
    );
  });

  test('a wrong command line, passphrase and backend are told together', async () => {
    expect(await told(['resticPassword=visible', 'speed=7', 'nonsense'])).toMatch(
      /resticPassword is a secret[^]*speed is not a setting[^]*not of the form key=value/,
    );
    process.env.PULUMI_BACKEND_URL = 's3://bucket';
    delete process.env.PULUMI_CONFIG_PASSPHRASE;
    delete process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
    expect(await told([zone])).toMatch(/passphrase of the stack is not set[^]*PULUMI_BACKEND_URL is s3:\/\/bucket/);
  });
});
