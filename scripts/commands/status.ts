import type { Command } from 'commander';
import { EXIT } from '../lib/errors';

/** `fleet status`: the newest restorable point of every dataset. */
export function register(program: Command): void {
  program
    .command('status')
    .description('show the newest restorable point of every dataset, its age and its objective (exit code 1 when one is stale)')
    .requiredOption('--stack <name>', 'stack to look at')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      `
Reads what hosts wrote to the store; a host that is dead is judged by its last heartbeat.

Examples:
  fleet status --stack alpha
  fleet status --stack alpha --json | jq '.datasets[] | select(.stale)'`,
    )
    .action(async (options: { stack: string; json?: boolean }) => {
      const { readStatus, statusTable } = await import('../status/status');
      const status = await readStatus(options.stack);
      process.stdout.write(options.json ? `${JSON.stringify(status)}\n` : `${statusTable(status)}\n`);
      if (status.datasets.some((dataset) => dataset.stale)) process.exitCode = EXIT.failed;
    });
}
