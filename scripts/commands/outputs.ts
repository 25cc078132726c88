import type { Command } from 'commander';
import { engineOption, type VerbOptions } from './engine-verb';

/** `fleet outputs`: what the stack exports. */
export function register(program: Command): void {
  program
    .command('outputs')
    .description('print what the stack exports')
    .requiredOption('-s, --stack <name>', 'stack to read')
    .addOption(engineOption())
    .option('--show-secrets', 'show secret values')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  fleet outputs --stack alpha --json')
    .action(async (options: VerbOptions & { showSecrets?: boolean }) => {
      const { stackRef } = await import('../lib/project');
      const { declarationOf } = await import('../init/init');
      const { chooseEngine } = await import('../engines/choose');
      declarationOf(options.stack);
      const { engine } = await chooseEngine(options.engine);
      const outputs = await engine.outputs(stackRef(options.stack), { showSecrets: options.showSecrets });
      if (options.json) process.stdout.write(`${JSON.stringify(outputs)}\n`);
      else
        for (const [name, value] of Object.entries(outputs))
          process.stdout.write(`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
    });
}
