/** For --keep: what a person needs to go on with the stacks by hand, with fleet or with the official CLI. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellVariables } from '../scripts/lib/shell';
import type { StackRef } from '../scripts/lib/project';
import type { Drill } from './context';

/** The environment in which `fleet` and `pulumi --stack` work on a stack, called from the project's own folder. */
export function environmentOf({ backendDir, configFile, env, passphrase }: StackRef): Record<string, string> {
  return {
    ...env,
    PULUMI_BACKEND_URL: `file://${backendDir}`,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    FLEET_CONFIG_FILE: configFile,
    // The CLI's own --config-file (from 3.208): without it the CLI reads the project's file of that name, and writes into it.
    PULUMI_OPTION_CONFIG_FILE: configFile,
  };
}

/** Of a drill that is to be kept: writes keep.env for its own stack, and keep-STACK.env for one beside it. */
export function keepNote(
  { options, workspace, progress, provider }: Pick<Drill, 'options' | 'workspace' | 'progress' | 'provider'>,
  stack: StackRef,
): void {
  if (!options.keep) return;
  const file = join(workspace.dir, stack.stack === provider.stack ? 'keep.env' : `keep-${stack.stack}.env`);
  writeFileSync(file, shellVariables(environmentOf(stack), 'export '), { mode: 0o600 });
  progress.say(`  to be kept; source ${file} to work on stack ${stack.stack}`);
}
