/** One reader of settings: in whatever form they are written, the program and the command line read the same, and list the same as wrong. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { loadConfiguration } from '../../components/configuration';
import { loadConfig, loadProject } from '../../engine/project';
import { Crypter, newSalt } from '../../engine/passphrase';
import { coerced, parsePath, setPath } from '../../drill/letter/stand-in/config';
import { projectDir } from '../../scripts/lib/project';
import { StackFile } from '../../scripts/lib/stack-file';
import { settingsOf } from '../../scripts/lib/stack-settings';
import { declarations } from '../../stacks';
import { servicesOf } from '../../stacks/model/validate';
import { settingsSchema } from '../../stacks/model/settings';
import { configure, parsedSettings, testSecrets, testSettings } from '../program/mocks';

const PASSPHRASE = 'correct horse';
const { drill } = declarations;
const secrets = testSecrets(['alpha'], drill.hosts.flatMap(servicesOf));
let dir: string;
let salt: string;
let crypter: Crypter;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fleet-settings-'));
  salt = await newSalt(PASSPHRASE);
  crypter = await Crypter.open(PASSPHRASE, salt);
});

/** How a setting gets into the file. */
const forms = {
  'in YAML': (value: unknown) => value,
  'as text, JSON where it is not text': (value: unknown) => asText(value),
  'part by part with --path': (value: unknown) =>
    leaves(value).reduce(
      (whole, [path, leaf]) => setPath(whole, parsePath(path), coerced(asText(leaf))),
      isPlain(value) ? asText(value) : (undefined as unknown),
    ),
  'sealed with --secret': (value: unknown) => ({ secure: crypter.encrypt(asText(value)) }),
  'its parts sealed with --path --secret': (value: unknown) =>
    isPlain(value)
      ? { secure: crypter.encrypt(asText(value)) }
      : leaves(value).reduce(
          (whole, [path, leaf]) => setPath(whole, parsePath(path), { secure: crypter.encrypt(asText(leaf)) }),
          undefined as unknown,
        ),
};
const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;
const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Every value in it that is no container, with the path below the setting; an empty container has none and cannot be written this way. */
function leaves(value: unknown, path = ''): Array<[string, unknown]> {
  if (isPlain(value)) return path ? [[path, value]] : [];
  return Object.entries(value as object).flatMap(([key, inner]) =>
    leaves(inner, Array.isArray(value) ? `${path}[${key}]` : `${path}["${key}"]`),
  );
}

const slug = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
const count = fc.integer({ min: 0, max: 99 });
/** Values that look like something else are the point: names of digits, texts `true` and `7`. */
const plainSettings = fc.record(
  {
    zone: fc.record({
      id: fc.stringMatching(/^[0-9a-f]{32}$|^[0-9]{32}$/),
      name: fc.constantFrom('drill.test', '1.2'),
    }),
    store: fc.record({
      endpoint: fc.constant('http://127.0.0.1:7070'),
      region: fc.constantFrom('us-east-1', '7', 'true'),
      bucketPrefix: slug,
    }),
    forgeAdmin: fc.record({
      name: fc.constantFrom('admin', '42', '007', 'true', '-1'),
      email: fc.constant('admin@drill.test'),
    }),
    rebuild: fc.record({ alpha: count }),
    bootstrap: fc.boolean(),
    restoreAt: fc.constantFrom('2026-11-20T17:00:00Z', '2026-11-20T17:00:00.5+02:00'),
    sshSources: fc.constantFrom(['198.51.100.0/24'], ['198.51.100.7/32', '::/0']),
    alarmCommand: fc.array(fc.constantFrom('mail', '5', '-s', 'false', '0'), { minLength: 1, maxLength: 4 }),
    telegramChat: fc.integer({ min: -1_002_000_000_000, max: 99 }).map(String),
    operators: fc.array(
      fc.record({ name: fc.constantFrom('ann', 'bob'), publicKey: fc.constant('ssh-ed25519 AAAA ann') }),
      { minLength: 1, maxLength: 2 },
    ),
  },
  { requiredKeys: ['zone', 'store', 'forgeAdmin'] },
);

/** What both readers make of a file with these settings. */
async function read(written: Record<string, unknown>): Promise<{ program: unknown; commandLine: unknown }> {
  const path = join(dir, 'Pulumi.drill.yaml');
  const others = testSettings(['alpha']);
  const { zone: _zone, store: _store, forgeAdmin: _admin, ...keys } = others;
  const sealed = Object.fromEntries(
    Object.entries(secrets).map(([key, value]) => [key, { secure: crypter.encrypt(value) }]),
  );
  const config = Object.fromEntries(
    Object.entries({ ...keys, ...sealed, ...written }).map(([key, value]) => [`fleet:${key}`, value]),
  );
  writeFileSync(path, stringify({ encryptionsalt: salt, config }));
  const { values, secretKeys } = loadConfig(loadProject(projectDir), path, crypter);
  const bare = (key: string) => key.replace('fleet:', '');
  await configure(
    'drill',
    Object.fromEntries(Object.entries(values).map(([key, value]) => [bare(key), value])),
    secretKeys.map(bare),
    true,
  );
  const file = await StackFile.open(path, PASSPHRASE);
  const said = (run: () => unknown) => {
    try {
      return run();
    } catch (error) {
      return (error as Error).message.split('\n').filter((line) => line.startsWith('  - '));
    }
  };
  return { program: said(() => loadConfiguration().settings), commandLine: said(() => settingsOf(file, drill)) };
}

test('whatever the form, both read what was meant', async () => {
  await fc.assert(
    fc.asyncProperty(
      plainSettings,
      fc.array(fc.constantFrom(...Object.values(forms)), { minLength: 10, maxLength: 10 }),
      async (settings, chosen) => {
        const written = Object.fromEntries(
          Object.entries(settings).map(([key, value], index) => [key, chosen[index](value)]),
        );
        const meant = settingsSchema.parse({ ...parsedSettings(), ...settings });
        const { program, commandLine } = await read(written);
        expect(commandLine).toEqual(meant);
        expect(program).toEqual(meant);
      },
    ),
    { numRuns: 150 },
  );
});

test.each(Object.entries(forms))('%s: a switch, a count and a list', async (_form, write) => {
  const settings = {
    zone: { id: '7'.repeat(32), name: 'drill.test' },
    store: { endpoint: 'http://127.0.0.1:7070', region: '1', bucketPrefix: 'fleet' },
    forgeAdmin: { name: '42', email: 'a@drill.test' },
    bootstrap: true,
    rebuild: { alpha: 3 },
    alarmCommand: ['mail', '7'],
    telegramChat: '123',
  };
  const { program, commandLine } = await read(
    Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, write(value)])),
  );
  expect(commandLine).toMatchObject(settings);
  expect(program).toEqual(commandLine);
});

test('what is wrong is listed by both, all of it, in the same words', async () => {
  const { program, commandLine } = await read({
    zone: '{"id":"short","name":"drill.test","colour":1}',
    bootstrap: 'yes',
    rebuild: { alpha: 'many' },
    resticPassword: 'in the clear',
    storeSecretKey: '',
    speed: 7,
  });
  expect(commandLine).toEqual(program);
  const listed = (commandLine as string[]).join('\n');
  for (const part of [
    'fleet:zone.id: a Cloudflare zone id is',
    'fleet:zone.colour: is not a setting',
    'fleet:bootstrap:',
    'fleet:rebuild.alpha:',
    'fleet:store: is missing',
    'fleet:forgeAdmin: is missing',
    'fleet:resticPassword: is stored in clear text',
    'fleet:storeSecretKey: is missing',
    'fleet:speed: is not a setting',
  ]) {
    expect(listed).toContain(part);
  }
  expect(listed).not.toContain('in the clear');
});
