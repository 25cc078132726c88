import { type Command, InvalidArgumentError } from 'commander';

function incarnation(value: string): string {
  if (!/^[\w-]{1,64}$/.test(value)) throw new InvalidArgumentError('It must be the id of a machine.');
  return value;
}

/** `fleet input`: what a step of a rebuild reads from its standard input. */
export function register(program: Command): void {
  program
    .command('input')
    .description(
      'print what one step of a rebuild reads from its standard input, to run it by hand (holds secrets: pipe it)',
    )
    .argument('<step>', 'name of the step, or user-data, host-key, deploy-key')
    .requiredOption('-s, --stack <name>', 'stack of the host')
    .option('--host <name>', 'host of the stack (the first one if not named)')
    .option('--incarnation <id>', 'id of the new machine', incarnation)
    .option('--address <ipv4>', 'its own address; the step at which it takes over needs it')
    .addHelpText(
      'after',
      `
For the day on which the engine itself does not work. The recovery runbook in docs/generated has every step in its order.

Examples:
  fleet input user-data --stack alpha
  fleet input alpha-gitea-install --stack alpha --incarnation 123456789 | ssh root@HOST bash /usr/local/lib/fleet/install gitea`,
    )
    .action(async (step: string, options: { stack: string; host?: string; incarnation?: string; address?: string }) => {
      const { inputOf } = await import('../restore/input');
      process.stdout.write(await inputOf(step, options));
    });
}
