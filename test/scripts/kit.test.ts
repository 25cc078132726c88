import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ageIdentity } from '../../scripts/init/generate';
import { initStack } from '../../scripts/init/init';
import { seal, unseal, type KitFile } from '../../scripts/kit/archive';
import { checkKit } from '../../scripts/kit/check';
import { gatherKit } from '../../scripts/kit/contents';
import { fromTheForge, packageSources, registrySources, submoduleSources } from '../../scripts/kit/forge-free';
import { noteKit, staleKit } from '../../scripts/kit/note';
import { projectDir, type StackRef } from '../../scripts/lib/project';
import type { StackFile } from '../../scripts/lib/stack-file';
import { openStackFile, PASSPHRASE } from '../fixtures/passphrase';

const tokens = { DIGITALOCEAN_TOKEN: "t'1", CLOUDFLARE_API_TOKEN: 'cloudflare-token-of-the-test' };
let key: { identity: string };
let lock: { recipients: string[] };
let dir: string;
let ref: StackRef;
const state = (resources: object[]) =>
  JSON.stringify({
    version: 3,
    checkpoint: { stack: 's', latest: { manifest: { time: '2026-01-01T00:00:00Z' }, resources } },
  });
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: ref.projectDir });

beforeAll(async () => {
  const { secret, publicHalf } = await ageIdentity();
  key = { identity: secret };
  lock = { recipients: [publicHalf!] };
});

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fleet-kit-test-'));
  ref = {
    projectDir: join(dir, 'program'),
    stack: 'drill',
    configFile: join(dir, 'Pulumi.drill.yaml'),
    backendDir: join(dir, 'state'),
    passphrase: PASSPHRASE,
    env: {},
  };
  mkdirSync(ref.projectDir);
  writeFileSync(join(ref.projectDir, 'Pulumi.yaml'), 'name: fleet-recovery\n');
  writeFileSync(join(ref.projectDir, 'package-lock.json'), '{}');
  git('init', '--quiet', '--initial-branch=main');
  git('add', '.');
  git('commit', '--quiet', '--message=program');
  mkdirSync(join(ref.backendDir, '.pulumi/stacks/fleet-recovery'), { recursive: true });
  writeFileSync(stateOf(), state([{ urn: 'a' }]));
  await settings({});
});

const stateOf = () => join(ref.backendDir, '.pulumi/stacks/fleet-recovery/drill.json');
async function settings(change: Record<string, unknown>): Promise<StackFile> {
  const file = await openStackFile(ref.configFile);
  const plain = {
    zone: { id: '0'.repeat(32), name: 'example.org' },
    store: { endpoint: 'https://store.example.net', region: 'r', bucketPrefix: 'fleet' },
    forgeAdmin: { name: 'admin', email: 'admin@example.org' },
    ...change,
  };
  for (const [key, value] of Object.entries(plain)) file.setPlain(`fleet:${key}`, value);
  await initStack('drill', file, async () => 'supplied');
  file.save();
  return file;
}
const gather = (env: NodeJS.ProcessEnv = tokens, recipients: string[] = []) => gatherKit([ref], env, recipients);

test('a kit is opened by its key alone, is complete, and says how old it is', async () => {
  const kit = await seal((await gather()).files, lock);
  for (const secret of [PASSPHRASE, 'cloudflare-token-of-the-test', 'CLOUDFLARE', 'README'])
    expect(kit.includes(secret)).toBe(false);
  await expect(unseal(kit, { identity: (await ageIdentity()).secret })).rejects.toThrow(/kit does not open/);
  await expect(unseal(kit.subarray(0, kit.length - 20), key)).rejects.toThrow(/kit does not open/);
  const fresh = await checkKit(kit, key, 31);
  expect(fresh.problems).toEqual([]);
  expect(fresh.manifest).toMatchObject({
    commit: git('rev-parse', 'HEAD').toString().trim(),
    environment: ['DIGITALOCEAN_TOKEN', 'CLOUDFLARE_API_TOKEN'],
    stacks: [{ stack: 'drill', resources: 1 }],
  });
  const old = await checkKit(kit, key, 31, new Date(Date.now() + 40 * 86_400_000));
  expect(old.problems).toEqual(['it is 40 days old, more than 31; make a new one']);
});

test('plain tar unpacks it, and its environment gives each token as it was', async () => {
  const { files } = await gather();
  const kit = join(dir, 'kit');
  mkdirSync(kit);
  for (const file of await unseal(await seal(files, lock), key)) {
    mkdirSync(resolve(kit, file.name, '..'), { recursive: true });
    writeFileSync(join(kit, file.name), file.content, { mode: file.executable ? 0o700 : 0o600 });
  }
  const said = spawnSync(
    'bash',
    [
      '-c',
      'source ./environment && echo "$DIGITALOCEAN_TOKEN $PULUMI_BACKEND_URL $(cat "$PULUMI_CONFIG_PASSPHRASE_FILE")"',
    ],
    { cwd: kit, encoding: 'utf8' },
  );
  expect(said.stdout.trim()).toBe(`t'1 file://${kit}/state ${PASSPHRASE}`);
  const wrong = spawnSync('./rebuild', ['alpha'], { cwd: kit, encoding: 'utf8' });
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain('this kit holds: drill');
  const readme = readFileSync(join(kit, 'README.md'), 'utf8');
  expect(readme).toContain('./rebuild drill');
  // The value is the host's, whose name is not the stack's.
  expect(readme).toContain("--path 'fleet:rebuild.alpha' 1 --stack drill");
  expect(readme).not.toContain('fleet:rebuild.drill');
});

test('a kit that is older than what exists, or than the settings, is told; one that is not, is not', async () => {
  // The program names the state's file.
  ref = { ...ref, projectDir };
  const path = join(ref.backendDir, '.pulumi/stacks/fleet/drill.json');
  mkdirSync(dirname(path), { recursive: true });
  const exists = (...resources: object[]) => writeFileSync(path, state(resources));
  expect(staleKit(ref)).toBeUndefined();
  exists({ urn: 'droplet', id: '1' });
  expect(staleKit(ref)).toBe('No recovery kit was made of this state; make one: bin/fleet kit --stack drill');
  noteKit(ref, 'kit.age', new Date('2026-01-01'));
  expect(staleKit(ref)).toBeUndefined();
  exists({ urn: 'droplet', id: '1', modified: 'later' });
  expect(staleKit(ref)).toBeUndefined();
  exists({ urn: 'droplet', id: '2' });
  expect(staleKit(ref)).toMatch(
    /^The newest recovery kit \(kit\.age, 2026-01-01T00:00:00\.000Z\) is older than the state of stack drill/,
  );
  await settings({ rebuild: { alpha: 1 } });
  expect(staleKit(ref)).toContain('older than the state and the settings of stack drill');
});

test('what is missing is listed at once', async () => {
  rmSync(stateOf());
  const file = await settings({});
  file.remove('fleet:resticPassword');
  file.save();
  writeFileSync(join(ref.projectDir, 'new.ts'), '');
  const refused = await gather({}).catch((error: Error) => error.message);
  for (const part of [
    '1 files of the program are not committed (new.ts)',
    'config fleet:resticPassword is missing',
    'no state of stack drill',
    'set DIGITALOCEAN_TOKEN',
    'set CLOUDFLARE_API_TOKEN',
  ])
    expect(refused).toContain(part);
});

test.each([
  ['a program without history', () => rmSync(join(ref.projectDir, '.git'), { recursive: true }), /no git checkout/],
  ['another passphrase', () => void (ref = { ...ref, passphrase: 'wrong' }), /passphrase does not open/],
  ['an empty state', () => writeFileSync(stateOf(), state([])), /no state of stack drill/],
  [
    'a mirror on the forge',
    () => settings({ artifactMirror: 'https://forge.example.org/artifacts' }),
    /the artifact mirror comes from forge\.example\.org/,
  ],
  [
    'a package on the forge',
    () =>
      writeFileSync(
        join(ref.projectDir, 'package-lock.json'),
        JSON.stringify({ packages: { 'node_modules/x': { resolved: 'https://forge.example.org/x.tgz' } } }),
      ),
    /npm package x comes from forge/,
  ],
])('%s makes no kit', async (_what, spoil, message) => {
  spoil();
  await expect(gather()).rejects.toThrow(message);
});

test('the backups’ own key locks nobody in', async () => {
  const recipient = (await settings({})).text('fleet:backupRecipient');
  await expect(gather(tokens, [recipient])).rejects.toThrow(/locked with the key of the backups/);
});

test.each<[string, (files: KitFile[]) => KitFile[], RegExp]>([
  ['a file that is missing', (files) => files.filter(({ name }) => name !== 'passphrase'), /passphrase is missing/],
  [
    'a file that was changed',
    (files) => files.map((file) => (file.name === 'rebuild' ? { ...file, content: Buffer.from('x') } : file)),
    /rebuild is not what was packed/,
  ],
  [
    'a program that does not clone',
    (files) => files.map((file) => (file.name === 'program.bundle' ? { ...file, content: Buffer.from('x') } : file)),
    /cannot be cloned/,
  ],
])('%s is told', async (_what, spoil, message) => {
  const kit = await seal(spoil((await gather()).files), lock);
  expect((await checkKit(kit, key, 31)).problems.join('\n')).toMatch(message);
});

test('addresses are told as git and npm write them', () => {
  const sources = [
    ...packageSources(
      JSON.stringify({
        packages: {
          '': {},
          'node_modules/a': { resolved: 'https://registry.example.net/a.tgz' },
          engine: { link: true, resolved: 'engine' },
        },
      }),
    ),
    ...registrySources('@scope:registry = https://forge.example.org/npm/\n'),
    ...submoduleSources('[submodule "x"]\n\turl = git@forge.example.org:owner/x.git\n'),
  ];
  expect(fromTheForge(sources, ['forge.example.org']).map((sentence) => sentence.split(' comes')[0])).toEqual([
    'the npm registry of .npmrc',
    'git submodule git@forge.example.org:owner/x.git',
  ]);
});
