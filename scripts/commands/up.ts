import type { Command } from 'commander';
import { runVerb, withVerbOptions, type VerbOptions } from './engine-verb';

/** `fleet up`: makes the stack what the declaration says; with --refresh, rebuilds what is gone. */
export function register(program: Command): void {
  withVerbOptions(program.command('up').description('make the stack what the declaration says'))
    .option('-r, --refresh', 'look first what still exists: a host that is gone is rebuilt and restored')
    .addHelpText(
      'after',
      `
The first update of a stack begins with fleet doctor, and not at all where that finds something wrong.

Examples:
  fleet up --stack alpha --refresh     the machine is gone: rebuild it
  fleet up --stack alpha               the host is listed but dead: raise fleet:rebuild for it first, then this`,
    )
    .action((options: VerbOptions) => runVerb('up', options));
}
