import type { Command } from 'commander';
import { EXIT } from '../lib/errors';

/** `fleet status`: the newest restorable point of every dataset. */
export function register(program: Command): void {
  program
    .command('status')
    .description(
      'show the newest restorable point of every dataset, its age and its objective (exit code 1 when one is stale)',
    )
    .requiredOption('-s, --stack <name>', 'stack to look at')
    .option(
      '--alarm',
      'tell the places that the stack declares (fleet:alarmCommand, fleet:alarmWebhook) when something is wrong',
    )
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      `
Reads what hosts wrote to the store; a host that is dead is judged by its last heartbeat, and one that is silent for a minute is wrong.
With --alarm it is a dead-man's alarm: run it from a timer on a machine that is not of the fleet, because what runs on a host dies with it.

Examples:
  fleet status --stack alpha
  fleet status --stack alpha --json | jq '.datasets[] | select(.stale)'
  fleet status --stack alpha --alarm`,
    )
    .action(async (options: { stack: string; alarm?: boolean; json?: boolean }) => {
      const { alarmedStatus, isWell, readStatus, statusTable } = await import('../status/status');
      const { staleKit } = await import('../kit/note');
      const { stackRef } = await import('../lib/project');
      const status = await (options.alarm ? alarmedStatus : readStatus)(options.stack);
      const kit = staleKit(stackRef(options.stack));
      process.stdout.write(
        options.json ? `${JSON.stringify({ ...status, kit })}\n` : `${statusTable(status)}\n${kit ? `${kit}\n` : ''}`,
      );
      if (!isWell(status)) process.exitCode = EXIT.failed;
    });
}
