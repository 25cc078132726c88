/** Opens a recovery kit and says what is in it, how old it is, and whether a rebuild could start from it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { declarationNamed } from '../../stacks';
import { EXIT, messageOf, UserError } from '../lib/errors';
import { StackFile } from '../lib/stack-file';
import { unseal, type Key, type KitFile } from './archive';
import { settingsProblems } from './contents';
import { kitSchema, readState, settingsFile, sha256, type KitManifest } from './manifest';
import { commitIn } from './program';

const DAY_MS = 86_400_000;
/** Files that every kit has; those of its stacks come on top. */
const ALWAYS = ['README.md', 'rebuild', 'environment', 'passphrase', 'program.bundle', 'state/.pulumi/meta.yaml'];

export interface KitReport {
  manifest: KitManifest;
  ageDays: number;
  files: Array<{ name: string; bytes: number }>;
  /** Why a rebuild should not rely on it; empty when it can. */
  problems: string[];
}

export async function checkKit(kit: Buffer, key: Key, maxAgeDays: number, now = new Date()): Promise<KitReport> {
  const files = await unseal(kit, key);
  const content = new Map(files.map((file) => [file.name, file.content]));
  const manifest = manifestOf(content.get('kit.json'));
  const ageDays = (now.getTime() - Date.parse(manifest.madeAt)) / DAY_MS;
  const expected = [
    ...new Set([...ALWAYS, ...manifest.stacks.map(({ stack }) => settingsFile(stack)), ...Object.keys(manifest.files)]),
  ];
  const stateOf = (stack: string) =>
    files.find(({ name }) => name.startsWith('state/') && name.endsWith(`/${stack}.json`))?.content;
  const problems = [
    ...expected.filter((name) => !content.has(name)).map((name) => `${name} is missing`),
    ...[...content]
      .filter(([name, bytes]) => name in manifest.files && manifest.files[name] !== sha256(bytes))
      .map(([name]) => `${name} is not what was packed`),
    ...(files.find(({ name }) => name === 'rebuild')?.executable === false ? ['rebuild cannot be run'] : []),
    ...manifest.stacks
      .filter(({ stack }) => !readState(stateOf(stack) ?? Buffer.alloc(0)))
      .map(({ stack }) => `the state of ${stack} cannot be read`),
    ...(await inClone(files, manifest)),
    ...(ageDays > maxAgeDays ? [`it is ${Math.floor(ageDays)} days old, more than ${maxAgeDays}; make a new one`] : []),
  ];
  return {
    manifest,
    ageDays,
    files: files.map(({ name, content: { length } }) => ({ name, bytes: length })),
    problems,
  };
}

function manifestOf(content: Buffer | undefined): KitManifest {
  try {
    return kitSchema.parse(JSON.parse((content ?? Buffer.alloc(0)).toString('utf8')));
  } catch {
    throw new UserError(
      'That is no recovery kit of this program, or one of another version: it has no kit.json that can be read.',
      undefined,
      EXIT.usage,
    );
  }
}

/** What can only be tried on a disk: the bundle is cloned, the settings are opened with the passphrase. The settings stay encrypted there. */
async function inClone(files: KitFile[], manifest: KitManifest): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'fleet-kit-'));
  const written = (name: string) => {
    const path = join(dir, name.replaceAll('/', '-'));
    writeFileSync(path, files.find((file) => file.name === name)?.content ?? '', { mode: 0o600 });
    return path;
  };
  try {
    const commit = await commitIn(written('program.bundle'), dir);
    const passphrase =
      files
        .find(({ name }) => name === 'passphrase')
        ?.content.toString('utf8')
        .trim() ?? '';
    const settings = await Promise.all(
      manifest.stacks.map(({ stack }) => packedSettingsProblems(stack, written(settingsFile(stack)), passphrase)),
    );
    return [
      ...(commit === manifest.commit ? [] : ['the program cannot be cloned from program.bundle']),
      ...settings.flat(),
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function packedSettingsProblems(stack: string, path: string, passphrase: string): Promise<string[]> {
  try {
    const file = await StackFile.open(path, passphrase);
    const declaration = declarationNamed(stack);
    return declaration ? settingsProblems(file, declaration) : [`this program declares no stack ${stack}`];
  } catch (error) {
    return [messageOf(error).replace(path, settingsFile(stack))];
  }
}

/** The report for people. */
export function kitText({ manifest, ageDays, files, problems }: KitReport): string {
  const age = ageDays < 1 ? 'today' : `${Math.floor(ageDays)} days ago`;
  return [
    `made ${manifest.madeAt} (${age}) from commit ${manifest.commit.slice(0, 12)} of ${manifest.committedAt}`,
    ...manifest.stacks.map(
      ({ stack, stateAt, stateFrom, resources }) =>
        `stack ${stack}: ${resources} resources, state of ${stateAt} from ${stateFrom}`,
    ),
    `environment: ${manifest.environment.join(', ') || 'no token, they are in the settings'}`,
    ...files.map(({ name, bytes }) => `  ${String(bytes).padStart(9)}  ${name}`),
    ...(problems.length
      ? ['A rebuild must not rely on it:', ...problems.map((problem) => `  - ${problem}`)]
      : ['Complete: a rebuild can start from it in an empty folder.']),
  ].join('\n');
}
