/** What people type after `pulumi`: each option is taken, or a sentence says what to use instead. */
import { Option, type Command } from 'commander';
import { EXIT, UserError } from '../lib/errors';

/** Mean what fleet does anyway: it asks for nothing and does not preview before it acts. */
const TAKEN = [
  '-f, --skip-preview',
  '--non-interactive',
  '--suppress-outputs',
  '--suppress-progress',
  '--suppress-permalink',
];

const WHOLE_STACK =
  'fleet works on whole stacks, because the parts of a host follow each other. To make a host anew raise its fleet:rebuild value and update; to bring one service back use fleet restore.';
const OFFICIAL = 'fleet shows the steps. For the values run the official CLI: pulumi preview --diff --stack STACK.';
const IN_THE_FILE = 'Settings are kept in the stack file: set them with pulumi config set, then run this again.';

/** By what commander calls them. */
const INSTEAD: Record<string, string> = {
  '-m, --message [text]':
    'fleet keeps no history of updates that a message could stand in; say why in the commit that changes the declaration.',
  '-t, --target [urn]': WHOLE_STACK,
  '--target-dependents': WHOLE_STACK,
  '--target-replace [urn]': WHOLE_STACK,
  '--replace [urn]': WHOLE_STACK,
  '-x, --exclude [urn]': WHOLE_STACK,
  '--exclude-dependents': WHOLE_STACK,
  '--exclude-protected':
    'Protected resources refuse to be destroyed, and what depends on nothing of them is destroyed without this.',
  '--diff': OFFICIAL,
  '--show-config': OFFICIAL,
  '--show-full-output': OFFICIAL,
  '--show-reads': OFFICIAL,
  '--show-replacement-steps': OFFICIAL,
  '--show-sames': OFFICIAL,
  '--show-secrets': 'Outputs are printed by fleet outputs --stack STACK, secret ones with --show-secrets.',
  '--preview-only': 'Use fleet preview; what destroy would do is in pulumi destroy --preview-only of the official CLI.',
  '--expect-no-changes': 'Use fleet preview --json and look whether its steps are empty.',
  '-c, --config [key=value]': IN_THE_FILE,
  '--config-path': IN_THE_FILE,
  '--config-file [file]': 'Set FLEET_CONFIG_FILE to a file that is named Pulumi.STACK.yaml.',
  '-C, --cwd [dir]': 'fleet always works on the project that it lies in; call the bin/fleet of the other one.',
  '--color [when]': 'Set NO_COLOR=1 for output without colours.',
  '-d, --debug': 'Set FLEET_DEBUG=1: it shows stack traces and lets the SDK log what it does.',
  '-v, --verbose [level]': 'Set FLEET_DEBUG=1: it shows stack traces and lets the SDK log what it does.',
  '--logtostderr': 'Set FLEET_DEBUG=1; progress is on standard error anyway.',
};

/** Adds all of them to a command, unseen in its help; options that the command has itself stay. */
export function withPulumiFlags(command: Command): Command {
  const has = (option: Option) => command.options.some((own) => own.long === option.long);
  for (const flags of TAKEN) {
    const option = new Option(flags).hideHelp();
    if (!has(option)) command.addOption(option);
  }
  for (const [flags, sentence] of Object.entries(INSTEAD)) {
    const option = new Option(flags).hideHelp();
    if (has(option)) continue;
    command.addOption(option).on(`option:${option.name()}`, () => {
      throw new UserError(`${option.long} is no option of fleet ${command.name()}.`, sentence, EXIT.usage);
    });
  }
  return command;
}
