import type { Command } from 'commander';
import { EXIT, UserError } from '../lib/errors';

interface Options {
  stack?: string;
  host: string;
  at?: string;
  dryRun?: boolean;
  replaceNewer?: string;
  json?: boolean;
}

/** `fleet restore`: puts one service of a running host back to a moment that the store holds. */
export function register(program: Command): void {
  program
    .command('restore')
    .description('put a service on a host back to a moment that the store holds')
    .argument('<service>', 'service to restore, such as gitea')
    .requiredOption('--host <name>', 'host that runs it')
    .option('-s, --stack <name>', 'stack of the host (found by the host where it is in one stack only)')
    .option('--at <time>', 'moment in RFC 3339, such as 2026-04-26T17:00:00Z (default: the newest)')
    .option('--dry-run', 'say what would be restored, and change nothing')
    .option('--replace-newer <id>', 'overwrite newer data: the id that the refusal names')
    .option('--json', 'print the summary as JSON')
    .addHelpText(
      'after',
      `
Newer data on the host is never overwritten unless its id is given with --replace-newer.

Examples:
  fleet restore gitea --host alpha --dry-run
  fleet restore gitea --host alpha --at 2026-04-26T17:00:00Z`,
    )
    .action(async (service: string, options: Options) => {
      if (
        options.at !== undefined &&
        !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(options.at)
      ) {
        throw new UserError(
          `--at ${options.at} is not a moment in RFC 3339.`,
          'Write it like 2026-04-26T17:00:00Z.',
          EXIT.usage,
        );
      }
      const { restore } = await import('../restore/restore');
      const result = await restore(service, options);
      process.stdout.write(options.json ? `${JSON.stringify(result.summary)}\n` : `${result.text}\n`);
    });
}
