/** The letter's stand-in for the official CLI: its files and answers are the official ones. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { openConfig } from '../../drill/letter/stand-in/config-file';
import { projectDir } from '../../scripts/lib/project';
import { StackFile } from '../../scripts/lib/stack-file';

jest.setTimeout(180_000);

const PASSPHRASE = 'correct horse';
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'fleet-stand-in-'));
  mkdirSync(join(dir, 'home'));
  copyFileSync(join(projectDir, 'Pulumi.yaml'), join(dir, 'Pulumi.yaml'));
});

const file = () => join(dir, 'Pulumi.alpha.yaml');
const stored = () => (parse(readFileSync(file(), 'utf8')) as { config: Record<string, unknown> }).config;

function pulumi(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    'node',
    [
      '--import',
      `file://${projectDir}/node_modules/tsx/dist/loader.mjs`,
      join(projectDir, 'drill/letter/stand-in/pulumi.ts'),
      ...args,
    ],
    {
      cwd: dir,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        HOME: join(dir, 'home'),
        TSX_TSCONFIG_PATH: join(projectDir, 'tsconfig.json'),
        PULUMI_BACKEND_URL: `file://${dir}/state`,
        PULUMI_CONFIG_PASSPHRASE: PASSPHRASE,
      },
    },
  );
  return { status, stdout, stderr };
}

test('a stack that nobody made is not found; made, it is in the backend and selected', () => {
  const before = pulumi('config', 'set', 'fleet:bootstrap', 'true', '--stack', 'alpha');
  expect([before.status, before.stderr]).toEqual([255, expect.stringContaining("no stack named 'alpha' found")]);
  expect(before.stderr).toContain('stand-in');
  expect(pulumi('stack', 'init', 'alpha').status).toBe(0);
  expect(existsSync(join(dir, 'state/.pulumi/stacks/fleet/alpha.json'))).toBe(true);
  expect(pulumi('stack', 'init', 'alpha').stderr).toContain("stack 'alpha' already exists");
  expect(pulumi('config', 'set', 'fleet:bootstrap', 'true').status).toBe(0);
  expect(stored()).toEqual({ 'fleet:bootstrap': 'true' });
  const exported = pulumi('stack', 'export');
  expect(JSON.parse(exported.stdout)).toMatchObject({
    version: 3,
    deployment: { secrets_providers: { type: 'passphrase' } },
  });
  expect(pulumi('up').stderr).toContain('--yes or --skip-preview must be passed in');
  expect(pulumi('version').status).not.toBe(0);
});

test('settings are stored as the official CLI stores them', async () => {
  const set = async (key: string, value: string, form = {}) =>
    (await openConfig(file(), PASSPHRASE, 'fleet')).set(key, value, form);
  await set('fleet:bootstrap', 'true');
  await set('fleet:rebuild.alpha', '1', { isPath: true });
  await set('fleet:forgeAdmin.name', '007', { isPath: true });
  await set('fleet:alarmCommand[0]', 'mail', { isPath: true });
  await set('fleet:alarmCommand[1]', '5', { isPath: true });
  await set('fleet:telegramChat', '-100');
  await set('fleet:mirrorToken', 'hidden', { isSecret: true });
  await set('fleet:zone.id', 'also hidden', { isPath: true, isSecret: true });
  await set('zone.name', 'example.org', { isPath: true });
  expect(stored()).toMatchObject({
    'fleet:bootstrap': 'true',
    'fleet:rebuild': { alpha: 1 },
    'fleet:forgeAdmin': { name: '007' },
    'fleet:alarmCommand': ['mail', 5],
    'fleet:telegramChat': '-100',
    'fleet:mirrorToken': { secure: expect.stringMatching(/^v1:/) },
    'fleet:zone': { id: { secure: expect.stringMatching(/^v1:/) }, name: 'example.org' },
  });
  const config = await openConfig(file(), PASSPHRASE, 'fleet');
  expect([
    config.get('fleet:mirrorToken'),
    config.get('fleet:zone.id', true),
    config.get('fleet:rebuild.alpha', true),
    config.get('fleet:nothing'),
  ]).toEqual(['hidden', 'also hidden', 1, undefined]);
  config.remove('fleet:alarmCommand[0]', true);
  config.remove('fleet:telegramChat');
  expect(stored()).toMatchObject({ 'fleet:alarmCommand': [5] });
  expect(stored()).not.toHaveProperty('fleet:telegramChat');
  expect((await StackFile.open(file(), PASSPHRASE)).get('fleet:zone')).toEqual({
    id: 'also hidden',
    name: 'example.org',
  });
  await expect(set('fleet:alarmCommand[7]', 'x', { isPath: true })).rejects.toThrow('array index out of range');
});
