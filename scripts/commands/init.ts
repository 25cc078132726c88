import type { Command } from 'commander';

/** `fleet init`: completes a stack's settings and makes the stack. */
export function register(program: Command): void {
  program
    .command('init')
    .description(
      'make a stack: its settings, the secrets that they lack, and the stack itself (never overwrites, prints names only)',
    )
    .requiredOption('-s, --stack <name>', 'stack to make')
    .option(
      '--set <key=value...>',
      'plain settings to store, such as zone=\'{"id":"…","name":"example.org"}\' (secrets come from the environment or a prompt)',
    )
    .option('--json', 'print what was done as JSON')
    .addHelpText(
      'after',
      `
Secrets that only you have are asked for, or taken from the environment (FLEET_STORE_ACCESS_KEY, FLEET_STORE_SECRET_KEY).
A store is refused, with everything that it lacks, before anything is written: it must keep accounts, versions and locks (ops/README.md).
Cloud tokens are never stored: keep them in the environment, in the variables that fleet doctor names.
The stack is made in the backend that PULUMI_BACKEND_URL names (.state in the program's folder without it). Run again, it adds what is missing.

Examples:
  PULUMI_CONFIG_PASSPHRASE_FILE=~/.fleet-passphrase fleet init --stack alpha
  fleet init --stack alpha --set store='{"endpoint":"https://s3.example.org","region":"eu","bucketPrefix":"backups"}'`,
    )
    .action(async (options: { stack: string; set?: string[]; json?: boolean }) => {
      const { init } = await import('../init/run');
      const { variableOf } = await import('../init/init');
      const { askSecret } = await import('../lib/prompt');
      const done = await init(
        options.stack,
        options.set ?? [],
        async ({ key, purpose }) => process.env[variableOf(key)] ?? (await askSecret(`${purpose} (${key}): `)),
      );
      if (options.json) process.stdout.write(`${JSON.stringify(done)}\n`);
      else {
        for (const name of [...done.stored, ...done.made]) process.stdout.write(`made     ${name}\n`);
        process.stdout.write(
          `${done.stackMade ? 'made     ' : 'is there '}stack ${done.stack} in file://${done.backend} (${done.engine})\n`,
        );
      }
    });
}
