import type { Command } from 'commander';
import { EXIT } from '../lib/errors';

/** `fleet doctor`: whether the outside is as the program takes it to be. */
export function register(program: Command): void {
  program
    .command('doctor')
    .description(
      'probe everything that a stack relies on outside itself, before anything is made (exit code 1 when something is wrong)',
    )
    .requiredOption('--stack <name>', 'stack to look at')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      `
Looks at this machine, the settings, tokens and each of their scopes, limits, image and sizes, zone, CAA records and public names, the certificate
authority, the store and every download. Nothing is changed: a scope that writes is tried by requests that cannot succeed, and what the store is
tried with, a bucket and two accounts, is taken away again. The first \`fleet up\` of a stack runs it.

Examples:
  fleet doctor --stack alpha
  fleet doctor --stack alpha --json | jq '.[] | select(.todo)'`,
    )
    .action(async (options: { stack: string; json?: boolean }) => {
      const { hasState } = await import('../doctor/first');
      const { doctorTable, examine, wrongOf } = await import('../doctor/doctor');
      const findings = await examine(options.stack, !hasState(options.stack));
      process.stdout.write(options.json ? `${JSON.stringify(findings)}\n` : `${doctorTable(findings)}\n`);
      if (wrongOf(findings).length) process.exitCode = EXIT.failed;
    });
}
