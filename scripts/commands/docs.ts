import type { Command } from 'commander';
import { EXIT, UserError } from '../lib/errors';

interface Options {
  check?: boolean;
  measured?: string;
  rehearsed?: string;
  stack?: string;
  json?: boolean;
}

/** `fleet docs`: writes the generated documents. */
export function register(program: Command): void {
  program
    .command('docs')
    .description(
      'write docs/generated/<fleet> from each declaration (with --check: exit code 1 when one of them differs)',
    )
    .option('--check', 'write nothing, name each document that differs')
    .option('--rehearsed <report>', 'note which services this drill of a stack saw come back')
    .option('--measured <report>', 'take what this drill measured into what clients are told')
    .option('--stack <name>', 'production stack whose data the measured drill is compared with')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      `
Only a drill on the cloud that the fleet runs on is taken, one that lost a host, recovered, and held at least as much data as the production stack
does now (read from the store, with the stack's passphrase). It is kept in docs/measured/latest.json, to be committed, and is
told to clients for 45 days. What a rehearsal saw (--rehearsed) is told of the services only.

Examples:
  fleet docs
  fleet docs --check
  fleet docs --rehearsed drills/latest/report.json
  fleet docs --measured drills/latest/report.json --stack alpha`,
    )
    .action(async (options: Options) => {
      const { check, measured, rehearsed, stack, json } = options;
      if (check && (measured ?? rehearsed))
        throw new UserError(
          '--check writes nothing, --measured and --rehearsed do; choose one.',
          undefined,
          EXIT.usage,
        );
      if ((measured === undefined) !== (stack === undefined))
        throw new UserError(
          '--measured and --stack belong together.',
          'Name the production stack, such as: --stack alpha',
          EXIT.usage,
        );
      const { projectDir } = await import('../lib/project');
      const { documented } = await import('../docs/fleet');
      const { readMeasurement } = await import('../docs/measured');
      const { readSeen } = await import('../docs/seen');
      const { differences, write } = await import('../docs/write');
      const now = new Date();
      if (measured !== undefined && stack !== undefined)
        await (await import('../docs/take')).take(projectDir, measured, stack, now);
      if (rehearsed !== undefined) (await import('../docs/take')).takeSeen(projectDir, rehearsed);
      const { fleets } = await import('../../stacks');
      const [measurement, seen] = [readMeasurement(projectDir), readSeen(projectDir)];
      const found = fleets.flatMap((fleet) =>
        (check ? differences : write)(projectDir, { fleet: documented(fleet), measurement, seen, now }),
      );
      process.stdout.write(
        json ? `${JSON.stringify({ [check ? 'differ' : 'written']: found })}\n` : told(found, check === true),
      );
      if (check && found.length) process.exitCode = EXIT.failed;
    });
}

function told(found: Array<{ file: string; how: string }>, check: boolean): string {
  if (!found.length) return 'Every document is what the declaration says.\n';
  const lines = found.map(({ file, how }) => `${how.padEnd(9)} ${file}\n`).join('');
  return check
    ? `${lines}Run fleet docs, and commit what it writes.\n`
    : lines.replace(/^(missing|changed|left over) */gm, (_, how: string) =>
        how === 'left over' ? 'removed  ' : 'wrote    ',
      );
}
