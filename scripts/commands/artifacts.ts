import type { Command } from 'commander';
import { EXIT, UserError } from '../lib/errors';

interface Options {
  dryRun?: boolean;
}

/** `fleet artifacts`: what hosts download, and what it must be. */
export function register(program: Command): void {
  program
    .command('artifacts')
    .description('pin what hosts download')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  fleet artifacts pin --dry-run         what the pins would become\n  fleet artifacts pin ollama',
    )
    .command('pin')
    .description('fetch artifacts, hold them against what their makers publish, and write the pins')
    .argument('[names...]', 'which (default: all of stacks/outside/artifacts.ts)')
    .option('--dry-run', 'write nothing, only say what would change')
    .addHelpText(
      'after',
      `
Fetches each file whole (Ollama is more than a gigabyte) and keeps none. Writes stacks/outside/pinned.json and host/locks/, to be committed.

Examples:
  fleet artifacts pin
  fleet artifacts pin gitea caddy --dry-run`,
    )
    .action(async (names: string[], { dryRun }: Options) => {
      const { artifacts } = await import('../../stacks/outside/artifacts');
      const all = artifacts.map(({ value }) => value);
      const unknown = names.find((name) => !all.some((artifact) => artifact.name === name));
      if (unknown)
        throw new UserError(
          `There is no artifact "${unknown}".`,
          `Choose of: ${all.map(({ name }) => name).join(', ')}`,
          EXIT.usage,
        );
      const { pinArtifacts } = await import('../artifacts/write');
      const { overTheWeb } = await import('../artifacts/web');
      const { projectDir } = await import('../lib/project');
      const wanted = all.filter(({ name }) => !names.length || names.includes(name));
      const failed = await pinArtifacts(wanted, {
        folder: projectDir,
        get: overTheWeb,
        today: new Date().toISOString().slice(0, 10),
        dryRun: dryRun ?? false,
        say: (line) => process.stdout.write(`${line}\n`),
      });
      if (failed) process.exitCode = EXIT.failed;
    });
}
