import type { Command } from 'commander';
import { EXIT } from '../lib/errors';

/** `fleet scrub`: whether everything in a store is what was written. */
export function register(program: Command): void {
  program
    .command('scrub')
    .description(
      'read everything in a stack that is a store, on both its sites (exit code 1 when something is not what was written)',
    )
    .requiredOption('-s, --stack <name>', 'stack that is a store')
    .option('--last', 'tell what the last scrubs found, which run on the sites by themselves, and read nothing')
    .option('-j, --json', 'print as JSON')
    .addHelpText(
      'after',
      `
Holds each version against the tag that the store gave it, and each kept point against what it names. What is damaged or missing at one site is looked
for at the other. Repairs nothing.

Examples:
  fleet scrub --stack store
  fleet scrub --stack store --last`,
    )
    .action(async ({ stack, last = false, json }: { stack: string; last?: boolean; json?: boolean }) => {
      const { Progress } = await import('../lib/progress');
      const { scrub, scrubLines } = await import('../scrub/scrub');
      const progress = new Progress();
      progress.begin('scrub', `store ${stack}`);
      const found = await scrub(stack, { last, say: (line) => progress.waiting(line) }).finally(() => progress.stop());
      process.stdout.write(json ? `${JSON.stringify(found)}\n` : `${scrubLines(found).join('\n')}\n`);
      if (found.wrong.length) process.exitCode = EXIT.failed;
    });
}
