/** Where things are: the project, its stack files, the state backend, the cache. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UserError } from './errors';

/** Root of the project, whatever the working directory is. */
export const projectDir = resolve(__dirname, '../..');

/** Cache of the embedded cloud; `fleet cloud purge` removes it whole. */
export const cacheDir = (): string => process.env.FLEET_CACHE_DIR ?? '/var/cache/fleet-recovery';

/** What an engine needs to find one stack. */
export interface StackRef {
  projectDir: string;
  stack: string;
  configFile: string;
  /** Directory of the `file://` backend. */
  backendDir: string;
  passphrase: string;
  env: Record<string, string>;
}

/** A stack of this project as a person uses it: state under .state/ unless PULUMI_BACKEND_URL says otherwise. */
export function stackRef(stack: string): StackRef {
  requireStackName(stack);
  return {
    projectDir,
    stack,
    configFile: configFileOf(stack),
    backendDir: backendDir(),
    passphrase: passphrase(),
    env: {},
  };
}

/** The stack's configuration file: the project's, or the one that FLEET_CONFIG_FILE names for this stack (a drill that was kept). */
export function configFileOf(stack: string): string {
  requireStackName(stack);
  const name = `Pulumi.${stack}.yaml`;
  const other = process.env.FLEET_CONFIG_FILE;
  return other && basename(other) === name ? resolve(other) : join(projectDir, name);
}

function requireStackName(stack: string): void {
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(stack)) {
    throw new UserError(
      `"${stack}" is not a stack name.`,
      'Use lower-case letters, digits and hyphens, such as alpha.',
      2,
    );
  }
}

/** Directory of the state backend. Only `file://` backends are used: they need no login and no service. */
export function backendDir(env: NodeJS.ProcessEnv = process.env): string {
  const url = env.PULUMI_BACKEND_URL;
  if (!url) return join(projectDir, '.state');
  if (!url.startsWith('file://')) {
    throw new UserError(
      `PULUMI_BACKEND_URL is ${url}; fleet works with file:// backends.`,
      'Unset it, or set it to file:///path/to/state.',
    );
  }
  return resolve(url.slice('file://'.length).replace(/^~(?=\/|$)/, env.HOME ?? '~'));
}

/** The stack's passphrase from PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE, as the official CLI takes it. */
export function passphrase(env: NodeJS.ProcessEnv = process.env): string {
  if (env.PULUMI_CONFIG_PASSPHRASE !== undefined) return env.PULUMI_CONFIG_PASSPHRASE;
  const file = env.PULUMI_CONFIG_PASSPHRASE_FILE;
  if (file) {
    if (!existsSync(file)) throw new UserError(`PULUMI_CONFIG_PASSPHRASE_FILE names ${file}, which does not exist.`);
    return readFileSync(file, 'utf8').trim();
  }
  throw new UserError(
    'The passphrase of the stack is not set.',
    'Set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it.',
  );
}
