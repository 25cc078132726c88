import type { Command } from 'commander';
import { EXIT, UserError } from '../lib/errors';
import { runVerb, withVerbOptions, type VerbOptions } from './engine-verb';

/** `fleet destroy`: takes a stack down; protected resources refuse. */
export function register(program: Command): void {
  withVerbOptions(
    program.command('destroy').description('take down everything of a stack (protected resources refuse)'),
  )
    .option('-r, --refresh', 'look first what still exists')
    .addHelpText('after', '\nExample:\n  fleet destroy --stack drill --yes')
    .action(async (options: VerbOptions) => {
      if (!options.yes)
        throw new UserError(`This destroys the stack ${options.stack}.`, 'Add --yes if that is meant.', EXIT.usage);
      await runVerb('destroy', options);
    });
}
