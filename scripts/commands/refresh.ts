import type { Command } from 'commander';
import { runVerb, withVerbOptions, type VerbOptions } from './engine-verb';

/** `fleet refresh`: reads what exists into the state. */
export function register(program: Command): void {
  withVerbOptions(program.command('refresh').description('read what exists into the state, and change nothing else'))
    .addHelpText('after', '\nExample:\n  fleet refresh --stack alpha')
    .action((options: VerbOptions) => runVerb('refresh', options));
}
