import type { Command } from 'commander';
import { runVerb, withVerbOptions, type VerbOptions } from './engine-verb';

/** `fleet preview`: what an update would do. */
export function register(program: Command): void {
  withVerbOptions(
    program
      .command('preview')
      .description('show what an update would do and what the stack costs a month, and change nothing'),
  )
    .option('-r, --refresh', 'look first what still exists')
    .addHelpText('after', '\nExample:\n  fleet preview --stack alpha --refresh')
    .action((options: VerbOptions) => runVerb('preview', options));
}
