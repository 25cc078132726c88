/** Which engine runs: the official CLI where it is installed, else the embedded one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import execa from 'execa';
import { z } from 'zod';
import { rented } from '../../components/machines';
import { UserError } from '../lib/errors';
import { projectDir } from '../lib/project';
import { embedded } from './embedded';
import type { Engine } from './engine';
import { official } from './pulumi';
import { pulumiInstall } from '../../stacks/outside/addresses';
import { isOlder, pulumiCli } from '../../stacks/outside/versions';

export const ENGINES = ['auto', 'pulumi', 'embedded'] as const;
export type EngineChoice = (typeof ENGINES)[number];

export interface Chosen {
  engine: Engine;
  /** Why this one, in one line. */
  reason: string;
}

/** Picks the engine. With `plugins`, auto takes the official CLI only if the providers are installed too, so that it downloads nothing. */
export async function chooseEngine(choice: EngineChoice, options: { plugins?: boolean } = {}): Promise<Chosen> {
  if (choice === 'embedded') return { engine: embedded, reason: 'asked for' };
  const version = await pulumiVersion();
  if (choice === 'pulumi') {
    if (!version)
      throw new UserError(
        'The official Pulumi CLI is not on PATH.',
        `Install it from ${pulumiInstall.value}, or use --engine embedded where the embedded cloud is meant.`,
      );
    return { engine: officialOf(version), reason: 'asked for' };
  }
  if (!version) return { engine: embedded, reason: 'the official Pulumi CLI is not installed' };
  if (options.plugins) {
    if (isOlder(version, pulumiCli.value))
      return { engine: embedded, reason: `the official Pulumi CLI is ${version}, older than ${pulumiCli.value}` };
    const missing = await missingPlugins();
    if (missing.length) return { engine: embedded, reason: `the official Pulumi CLI lacks ${missing.join(', ')}` };
  }
  return { engine: officialOf(version), reason: 'the official Pulumi CLI is installed' };
}

/** An older CLI ignores parts of the program without a word, so it is refused here and by the program itself. */
function officialOf(version: string): Engine {
  if (isOlder(version, pulumiCli.value))
    throw new UserError(
      `The official Pulumi CLI on PATH is ${version}; the program needs ${pulumiCli.value} or newer.`,
      `Install a newer one from ${pulumiInstall.value}.`,
    );
  return official(version);
}

/** Version of the official CLI; undefined where there is none. */
export async function pulumiVersion(): Promise<string | undefined> {
  const done = await execa('pulumi', ['version'], { reject: false, env: { PULUMI_SKIP_UPDATE_CHECK: 'true' } });
  return done.exitCode === 0 ? done.stdout.trim() : undefined;
}

const pluginsSchema = z.array(z.looseObject({ name: z.string(), version: z.string().optional() }));

/** Provider plugins of the lockstep versions in package.json that neither PULUMI_HOME nor PATH has. */
export async function missingPlugins(): Promise<string[]> {
  const { dependencies } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const listed = await execa('pulumi', ['plugin', 'ls', '--json'], { reject: false });
  const parsed = pluginsSchema.safeParse(listed.exitCode === 0 ? JSON.parse(listed.stdout) : []);
  const installed = parsed.success ? parsed.data : [];
  const missing: string[] = [];
  for (const name of [rented.package, 'cloudflare', 'command']) {
    const version = dependencies[`@pulumi/${name}`];
    if (installed.some((plugin) => plugin.name === name && plugin.version === version)) continue;
    // A plugin on PATH is taken whatever its version.
    const onPath = await execa('sh', ['-c', 'command -v "$0"', `pulumi-resource-${name}`], { reject: false });
    if (onPath.exitCode !== 0) missing.push(`provider ${name} ${version}`);
  }
  return missing;
}
