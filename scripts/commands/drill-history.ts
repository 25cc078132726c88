import { type Command, InvalidArgumentError } from 'commander';

function atLeastOne(value: string): number {
  if (!/^[1-9]\d{0,5}$/.test(value)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(value);
}

/** `fleet drill history`: what the drills on this machine measured, and the trend. */
export function registerHistory(drill: Command): void {
  drill
    .command('history')
    .description('compare the drills of this folder and show the trend')
    .option('--limit <n>', 'show the last n drills (trends are over all of them)', atLeastOne, 20)
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      `
Reads drills/*/report.json; a report that cannot be read is named and left out. Compared are only drills of the same fault,
size, engine, cloud and machine: the median of the last (at most 5) with that of as many before them.

Examples:
  fleet drill history
  fleet drill history --limit 5
  fleet drill history --json | jq '.trends[] | {fault, size, trends}'`,
    )
    .action(async ({ limit, json }: { limit: number; json?: boolean }) => {
      const { readHistory } = await import('../../drill/history/read');
      const { groups } = await import('../../drill/history/trend');
      const { historyTable } = await import('../../drill/history/table');
      const { drillsDir } = await import('../../drill/workspace');
      const history = readHistory(drillsDir());
      const trends = groups(history.drills);
      const shown = { ...history, drills: history.drills.slice(-limit), trends };
      process.stdout.write(json ? `${JSON.stringify(shown)}\n` : `${historyTable(history, trends, limit)}\n`);
    });
}
