/** The `fleet` command line. Each command is a file of its own and loads what it needs only when it runs. */
import { Command, CommanderError } from 'commander';
import { EXIT, report } from './lib/errors';
import { register as artifacts } from './commands/artifacts';
import { register as bench } from './commands/bench';
import { register as cloud } from './commands/cloud';
import { register as destroy } from './commands/destroy';
import { register as doctor } from './commands/doctor';
import { register as docs } from './commands/docs';
import { register as drill } from './commands/drill';
import { register as init } from './commands/init';
import { register as input } from './commands/input';
import { register as kit } from './commands/kit';
import { register as lease } from './commands/lease';
import { register as letter } from './commands/letter';
import { register as outputs } from './commands/outputs';
import { register as preview } from './commands/preview';
import { register as prune } from './commands/prune';
import { register as refresh } from './commands/refresh';
import { register as registers } from './commands/register';
import { register as restore } from './commands/restore';
import { register as scrub } from './commands/scrub';
import { register as status } from './commands/status';
import { register as up } from './commands/up';
import { register as verify } from './commands/verify';

/** Builds the whole command line; usage errors end in a CommanderError. */
export function build(): Command {
  const program = new Command('fleet')
    .description('Brings a dead host back with its data, and rehearses it')
    .exitOverride()
    .showHelpAfterError('(fleet --help shows what there is)')
    .helpCommand(false)
    // What follows the name of a command is that command's, also where it has commands of its own.
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Examples:
  fleet drill                          the whole rehearsal, on an embedded cloud
  fleet init --stack alpha             make the stack, with the secrets that it still lacks
  fleet doctor --stack alpha           whether all that the stack relies on outside itself is as it must be
  fleet up --stack alpha --refresh     rebuild what is gone
  fleet status --stack alpha           how old the newest restorable point is
  fleet kit --stack alpha              what a rebuild can start from when this machine is gone too

Exit codes: 0 done, 1 failed, 2 wrong usage, 69 this machine cannot do it, 75 a drill found nothing out, 130 interrupted.
FLEET_DEBUG=1 shows stack traces.`,
    );
  for (const register of [
    init,
    doctor,
    drill,
    up,
    preview,
    refresh,
    destroy,
    outputs,
    restore,
    status,
    verify,
    prune,
    scrub,
    kit,
    lease,
    input,
    artifacts,
    docs,
    registers,
    letter,
    bench,
    cloud,
  ])
    register(program);
  return program;
}

/** Runs the command line and returns the exit code. */
export async function main(argv: string[]): Promise<number> {
  const program = build();
  try {
    if (argv.length === 0) {
      program.outputHelp();
      return EXIT.usage;
    }
    await program.parseAsync(argv, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return report(error);
  }
}

if (require.main === module) {
  void main(process.argv.slice(2)).then((code) => {
    // Sockets kept alive by a client must not hold the process once the command is done.
    process.exit(code);
  });
}
