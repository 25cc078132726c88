/** Gathers what a recovery kit holds, and refuses one that could not do its work. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rented } from '../../components/machines';
import { plansOf, publicName } from '../../services';
import { declarations, type Declaration } from '../../stacks';
import type { Settings } from '../../stacks/model/settings';
import { required } from '../../stacks/model/required';
import { isStore } from '../../stacks/model/sites';
import { declarationOf } from '../init/init';
import { messageOf, UserError } from '../lib/errors';
import type { StackRef } from '../lib/project';
import { StackFile } from '../lib/stack-file';
import { readFile } from '../lib/stack-settings';
import { projectName, stateFile } from '../lib/state';
import { tokensOf } from '../lib/stack-tokens';
import type { KitFile } from './archive';
import { fromTheForge, packageSources, registrySources, submoduleSources, type Source } from './forge-free';
import { BACKEND, readState, settingsFile, sha256, type KitManifest } from './manifest';
import { bundleOf } from './program';
import { kitReadme } from './readme';

/** What a provider or the preflight reads from the environment: carried along where it is set. */
const CARRIED = [
  ...rented.tokenVariables,
  ...rented.placeVariables,
  'CLOUDFLARE_API_TOKEN',
  'CLOUDFLARE_BASE_URL',
  'SPACES_ENDPOINT_URL',
  'SPACES_ACCESS_KEY_ID',
  'SPACES_SECRET_ACCESS_KEY',
];

export interface Kit {
  manifest: KitManifest;
  files: KitFile[];
}

interface Gathered {
  problems: string[];
  files: KitFile[];
  entry?: KitManifest['stacks'][number];
  sources: Source[];
  names: string[];
  /** With what their `rebuild` values are. */
  hosts: Array<{ host: string; rebuild: number }>;
  backupRecipient?: string;
}

/** Everything a kit for these stacks holds. Throws one error that lists all that is missing; nothing has been written by then. */
export async function gatherKit(
  stacks: StackRef[],
  env: NodeJS.ProcessEnv,
  recipients: string[],
  now = new Date(),
): Promise<Kit> {
  const { projectDir, passphrase } = required(stacks[0], 'a stack for the kit');
  const project = projectName(projectDir);
  const { program, problems } = await bundleOf(projectDir);
  const gathered = await Promise.all(stacks.map((stack) => ofStack(stack, project)));
  const read = (file: string) =>
    existsSync(join(projectDir, file)) ? readFileSync(join(projectDir, file), 'utf8') : '';
  const sources = [
    ...packageSources(read('package-lock.json') || '{}'),
    ...registrySources(read('.npmrc')),
    ...submoduleSources(read('.gitmodules')),
    ...gathered.flatMap((one) => one.sources),
  ];
  const all = [
    ...problems,
    ...gathered.flatMap((one) => one.problems),
    ...tokensMissing(stacks, env),
    ...fromTheForge(
      sources,
      gathered.flatMap((one) => one.names),
    ),
    ...gathered
      .filter(({ backupRecipient }) => backupRecipient && recipients.includes(backupRecipient))
      .map(
        () =>
          'the kit would be locked with the key of the backups, which is in the kit; give it a recipient whose identity is kept elsewhere',
      ),
  ];
  if (all.length || !program)
    throw new UserError(
      [
        'No kit was made; it could not bring the fleet back:',
        ...[...new Set(all)].map((problem) => `  - ${problem}`),
      ].join('\n'),
      'Fix this and run the same command again.',
    );

  const carried = CARRIED.filter((name) => env[name]);
  const entries = gathered.flatMap(({ entry }) => entry ?? []);
  const files: KitFile[] = [
    {
      name: 'README.md',
      content: Buffer.from(
        kitReadme({ madeAt: now, commit: program.commit, stacks: entries, hosts: gathered[0]?.hosts ?? [] }),
      ),
    },
    { name: 'rebuild', content: readFileSync(join(__dirname, 'rebuild')), executable: true },
    { name: 'environment', content: Buffer.from(environmentFile(carried, env)) },
    { name: 'passphrase', content: Buffer.from(`${passphrase}\n`) },
    { name: 'program.bundle', content: program.bundle },
    ...gathered.flatMap((one) => one.files),
    { name: 'state/.pulumi/meta.yaml', content: Buffer.from('version: 1\n') },
  ];
  const manifest: KitManifest = {
    format: 1,
    madeAt: now.toISOString(),
    commit: program.commit,
    committedAt: program.committedAt,
    stacks: entries,
    environment: carried,
    files: Object.fromEntries(files.map(({ name, content }) => [name, sha256(content)])),
  };
  return {
    manifest,
    files: [{ name: 'kit.json', content: Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`) }, ...files],
  };
}

async function ofStack(ref: StackRef, project: string): Promise<Gathered> {
  const gathered: Gathered = { problems: [], files: [], sources: [], names: [], hosts: [] };
  const declaration = declarationOf(ref.stack);
  if (!existsSync(ref.configFile))
    gathered.problems.push(`${ref.configFile} does not exist; run: fleet init --stack ${ref.stack}`);
  else {
    try {
      const file = await StackFile.open(ref.configFile, ref.passphrase);
      const { settings } = readFile(file, declaration);
      gathered.problems.push(...settingsProblems(file, declaration));
      gathered.backupRecipient = settings?.backupRecipient;
      gathered.hosts = declaration.hosts.map(({ name }) => ({ host: name, rebuild: settings?.rebuild[name] ?? 0 }));
      gathered.names = settings ? namesOf(declaration, settings) : [];
      gathered.sources = settings ? sourcesOf(declaration, settings) : [];
      gathered.files.push({ name: settingsFile(ref.stack), content: readFileSync(ref.configFile) });
    } catch (error) {
      gathered.problems.push(messageOf(error));
    }
  }
  const state = stateFile(project, ref.stack);
  const path = join(ref.backendDir, state);
  const content = existsSync(path) && statSync(path).isFile() ? readFileSync(path) : undefined;
  const written = content && readState(content);
  if (!content || !written)
    gathered.problems.push(
      `there is no state of stack ${ref.stack} at ${path}; set PULUMI_BACKEND_URL to where it is (a stack that was never made needs no kit)`,
    );
  else {
    gathered.files.push({ name: `${BACKEND}/${state}`, content });
    gathered.entry = {
      stack: ref.stack,
      stateFrom: `file://${ref.backendDir}`,
      stateAt: written.at,
      resources: written.resources,
    };
  }
  return gathered;
}

/** One sentence for each thing that is missing or wrong in the settings. */
export const settingsProblems = (file: StackFile, declaration: Declaration): string[] =>
  readFile(file, declaration).problems.map(({ path, message }) => `stack ${declaration.stack}: ${path} ${message}`);

function tokensMissing(stacks: StackRef[], env: NodeJS.ProcessEnv): string[] {
  const configured = stacks.map(({ configFile }) => tokensOf(configFile).configured ?? []);
  const needed = [
    { label: rented.provider, variables: rented.tokenVariables },
    { label: 'Cloudflare', variables: ['CLOUDFLARE_API_TOKEN'] },
  ];
  return needed
    .filter(
      ({ label, variables }) =>
        !variables.some((name) => env[name]) && !configured.every((apis) => apis.includes(label)),
    )
    .map(({ label, variables: [variable] }) => `there is no ${label} token; set ${variable} in the environment`);
}

/** Names and recorded addresses of every host of the fleet that the stack is of: beta's forge is alpha's. The store is elsewhere by its rules. */
function namesOf({ fleet, kind }: Declaration, { zone }: Settings): string[] {
  const hosts = Object.values(declarations)
    .filter((one) => one.fleet === fleet && one.kind === kind && !isStore(one))
    .flatMap((declaration) => declaration.hosts);
  return hosts.flatMap((host) => [...host.publicNames.map((label) => publicName(label, zone.name)), ...host.knownIps]);
}

/** What a rebuild of the stack fetches. */
function sourcesOf(declaration: Declaration, settings: Settings): Source[] {
  const artifacts = declaration.hosts.flatMap((host) =>
    plansOf(declaration, host, settings).flatMap((plan) => plan.artifacts),
  );
  return [
    { what: 'the store of the backups', url: settings.store.endpoint },
    ...(settings.artifactMirror
      ? [{ what: 'the artifact mirror', url: settings.artifactMirror }]
      : artifacts.filter(({ url }) => url).map(({ name, url }) => ({ what: `the program ${name}`, url }))),
  ];
}

/** Sourced by `rebuild`, or by a person who goes on with `pulumi`. */
function environmentFile(names: string[], env: NodeJS.ProcessEnv): string {
  return [
    '# Tokens and places of this kit; source it to work with pulumi or fleet in program/.',
    'kit=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)',
    'export PULUMI_BACKEND_URL="file://$kit/state" PULUMI_CONFIG_PASSPHRASE_FILE="$kit/passphrase"',
    // An inherited passphrase would be taken instead of the kit's.
    'unset PULUMI_CONFIG_PASSPHRASE FLEET_CONFIG_FILE',
    ...names.map((name) => `export ${name}='${(env[name] ?? '').replaceAll("'", `'\\''`)}'`),
    '',
  ].join('\n');
}
