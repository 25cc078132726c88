import { type Command, Option } from 'commander';
import { EXIT, UserError } from '../lib/errors';

interface Options {
  cloud?: string;
  account?: string;
  dryRun?: boolean;
}

/** `fleet drill sweep`: removes what a killed drill left on a real account, once it has expired. */
export function registerSweep(drill: Command): void {
  drill
    .command('sweep')
    .description('remove what killed drills left on a real account once it has expired')
    .addOption(new Option('--cloud <which>', 'where').choices(['digitalocean']))
    .option('--account <file>', 'YAML file with the zone and the store')
    .option('--dry-run', 'only say what would be removed')
    .addHelpText(
      'after',
      `
Touches nothing but what carries a drill's mark and has expired. Exit code 1 where something could not be removed.

Examples:
  fleet drill sweep --cloud digitalocean --dry-run
  fleet drill sweep --cloud digitalocean --account account.yaml`,
    )
    .action(async (own: Options, command: Command) => {
      // `drill` has --cloud and --account too, and takes them even where they stand after `sweep`.
      const { cloud, account, dryRun } = { ...command.parent?.opts<Options>(), ...own };
      if (cloud !== 'digitalocean')
        throw new UserError(
          'There is only something to sweep with --cloud digitalocean.',
          'The embedded cloud is cleared away by: fleet cloud stop',
          EXIT.usage,
        );
      const { accountSettings } = await import('../../drill/clouds/digitalocean/settings');
      const { sweepAccount } = await import('../../drill/clouds/digitalocean/prepare');
      const clean = await sweepAccount(
        accountSettings(process.env, account),
        { dryRun: dryRun ?? false },
        { say: (line) => process.stdout.write(`${line}\n`) },
      );
      process.exitCode = clean ? EXIT.ok : EXIT.failed;
    });
}
