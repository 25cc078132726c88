import type { Command } from 'commander';
import { positive } from './engine-verb';

/** `fleet prune`: frees what the backups need no more. */
export function register(program: Command): void {
  program
    .command('prune')
    .description('free what the backups of a stack need no more; without --yes it only says what that is')
    .requiredOption('-s, --stack <name>', 'stack whose store is pruned')
    .option(
      '--window <hours>',
      'what was hidden or written over stays for so many hours, instead of by its tier',
      positive,
    )
    .option('-y, --yes', 'do it')
    .option('-j, --json', 'print as JSON')
    .addHelpText(
      'after',
      `
Goes: what hosts hid or wrote over longer ago than the tiers of backup.keep reach, what a newer incarnation replaced longer ago than their days,
and kept points that ran out. Stays: all that is visible, and all that a kept point of fleet verify needs, which is locked in the store besides.
The key it does that with can remove versions and write nothing. Refused while a proof is missing or older than 26 hours. A run that was killed
leaves every kept point whole, and the next one goes on.

Examples:
  fleet prune --stack alpha
  fleet prune --stack alpha --yes --json`,
    )
    .action(async (options: { stack: string; window?: number; yes?: boolean; json?: boolean }) => {
      const { declarationOf } = await import('../init/init');
      const { Progress } = await import('../lib/progress');
      const { Prune, pruneTable, told } = await import('../prune/prune');
      const { stack, window, yes, json } = options;
      declarationOf(stack);
      const progress = new Progress();
      progress.begin('prune', `store of ${stack}`);
      try {
        const prune = await Prune.open(stack, { window, say: (line) => progress.waiting(line) });
        progress.waiting('what can be freed');
        const rows = await prune.survey();
        if (!json) process.stdout.write(`${pruneTable(rows)}\n`);
        const freed = yes ? await prune.run() : null;
        if (json) process.stdout.write(`${JSON.stringify({ stack, rows, freed })}\n`);
        else if (freed) process.stdout.write(`Freed ${told(freed)}.\n`);
        else if (rows.length) process.stdout.write('Nothing was touched; add --yes to free it.\n');
      } finally {
        progress.stop();
      }
    });
}
