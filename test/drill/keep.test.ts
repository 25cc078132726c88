/** A stack that a drill kept, and a project file that a CLI wrote into. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { keepNote } from '../../drill/keep';
import { takeTemplate } from '../../drill/template';
import { configFileOf } from '../../scripts/lib/project';
import { plainConfig } from '../../scripts/lib/plain-config';
import { StackFile } from '../../scripts/lib/stack-file';
import { settingsSchema } from '../../stacks/model/settings';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'fleet-keep-'))));

const stack = (name: string) => ({
  projectDir: dir,
  stack: name,
  configFile: join(dir, `Pulumi.${name}.yaml`),
  backendDir: join(dir, 'state'),
  passphrase: `it's $HOME "and" more`,
  env: { DIGITALOCEAN_TOKEN: 'token' },
});
const kept = (own: string, ...others: string[]) => {
  const said: string[] = [];
  const drill = {
    options: { keep: true },
    provider: { stack: own },
    workspace: { dir },
    progress: { say: (line: string) => said.push(line) },
  };
  for (const name of [own, ...others]) keepNote(drill as never, stack(name));
  return said.join('\n');
};

test('what is typed by hand after keep.env works on the kept stack: state, passphrase, settings and tokens, for fleet and for pulumi', () => {
  const said = kept('drill');
  expect(said).toContain(`source ${join(dir, 'keep.env')} `);
  // In the place of the CLI: it says what it was given.
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'pulumi'),
    '#!/bin/sh\nprintf "%s\\n" "$PULUMI_OPTION_CONFIG_FILE" "$PULUMI_BACKEND_URL" "$PULUMI_CONFIG_PASSPHRASE" "$DIGITALOCEAN_TOKEN" "$FLEET_CONFIG_FILE" "$@"\n',
    { mode: 0o755 },
  );
  const run = spawnSync('bash', ['-c', `source ${dir}/keep.env && pulumi up --stack drill`], {
    encoding: 'utf8',
    env: { PATH: `${bin}:${process.env.PATH}` },
  });
  const { configFile, backendDir, passphrase } = stack('drill');
  expect(run.stdout.trim().split('\n')).toEqual([
    configFile,
    `file://${backendDir}`,
    passphrase,
    'token',
    configFile,
    'up',
    '--stack',
    'drill',
  ]);
});

test('of a whole fleet each stack has notes of its own, and its settings are found under its own name', () => {
  const said = kept('drill-alpha', 'drill-beta');
  expect(said).toContain(join(dir, 'keep-drill-beta.env'));
  const file = /FLEET_CONFIG_FILE='(.*)'/.exec(readFileSync(join(dir, 'keep-drill-beta.env'), 'utf8'))![1];
  process.env.FLEET_CONFIG_FILE = file;
  try {
    expect(configFileOf('drill-beta')).toBe(stack('drill-beta').configFile);
  } finally {
    delete process.env.FLEET_CONFIG_FILE;
  }
});

test('a salt and secrets that a CLI wrote into the project’s file do not end later drills', async () => {
  const template = join(dir, 'template.yaml');
  const written = await StackFile.open(template, 'the passphrase of somebody else');
  written.setPlain('fleet:forgeAdmin', { name: 'drill-admin' });
  written.setSecret('fleet:resticPassword', 'of somebody else');
  written.save();
  const path = join(dir, 'Pulumi.drill.yaml');
  const file = await StackFile.open(path, 'of this drill');
  takeTemplate(template, file);
  file.save();
  const again = await StackFile.open(path, 'of this drill');
  expect(again.get('fleet:forgeAdmin')).toEqual({ name: 'drill-admin' });
  expect(again.has('fleet:resticPassword')).toBe(false);
});

test('the project’s own template holds settings that exist, in clear, and no salt', () => {
  const template = resolve(__dirname, '../../Pulumi.drill.yaml');
  for (const key of Object.keys(plainConfig(template)))
    expect(Object.keys(settingsSchema.shape)).toContain(key.replace('fleet:', ''));
  expect(readFileSync(template, 'utf8')).not.toMatch(/encryptionsalt|secure:/);
});
