import type { Command } from 'commander';
import { UserError } from '../lib/errors';

interface LeaseOptions {
  stack: string;
  json?: boolean;
}

/** `fleet lease`: who changes a stack, and `break` for a holder that is gone. */
export function register(program: Command): void {
  const lease = program
    .command('lease')
    .description('show who is changing a stack')
    .helpCommand(false)
    .enablePositionalOptions()
    .option('-s, --stack <name>', 'stack to look at')
    .option('-j, --json', 'print as JSON')
    .addHelpText(
      'after',
      `
An update takes the lease of its stack in the store before it makes anything, and gives it back at its end. One that was killed on this
machine is noticed by the next update. One that died elsewhere keeps it: break the lease once that is certain.

Examples:
  fleet lease --stack alpha
  fleet lease break --stack alpha`,
    )
    .action(async (options: Partial<LeaseOptions>) => {
      const { readLease, told } = await import('../../components/store/lease');
      const found = await withLeaseOf(options.stack, readLease);
      const holder = found?.holder ?? null;
      const silentSeconds = holder && found ? Math.round(found.silentMs / 1000) : null;
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ stack: options.stack, generation: found?.generation ?? 0, holder, silentSeconds })}\n`
          : `${holder ? `${told(holder)} is changing stack ${options.stack}; it said ${silentSeconds} s ago that it lives` : `nobody is changing stack ${options.stack}`}\n`,
      );
    });
  lease
    .command('break')
    .description('take the lease from a holder that has said nothing for 90 seconds (exit code 1 when it lives)')
    .requiredOption('-s, --stack <name>', 'stack whose lease it is')
    .option('-j, --json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  fleet lease break --stack alpha')
    .action(async (options: LeaseOptions) => {
      const { breakLease, LeaseHeld, SILENT_MS, told } = await import('../../components/store/lease');
      const broken = await withLeaseOf(options.stack, breakLease).catch((error: Error) => {
        if (!(error instanceof LeaseHeld)) throw error;
        throw new UserError(
          `The lease of ${options.stack} was not broken: ${error.message}.`,
          `Wait for that run, or end it; a lease can be broken once its holder has said nothing for ${SILENT_MS / 1000} s.`,
        );
      });
      process.stdout.write(
        options.json
          ? `${JSON.stringify({ stack: options.stack, broken })}\n`
          : `${broken ? `the lease of ${options.stack} was taken from ${told(broken)}` : `nobody has the lease of ${options.stack}`}\n`,
      );
    });
}

type Work<T> = (client: import('@aws-sdk/client-s3').S3Client, bucket: string) => Promise<T>;

/** Does something with the lease of a stack. */
async function withLeaseOf<T>(stack: string | undefined, work: Work<T>): Promise<T> {
  const { EXIT } = await import('../lib/errors');
  if (!stack) throw new UserError('No stack was named.', 'Add --stack with the stack to look at.', EXIT.usage);
  const { evidenceBucketOf } = await import('../../stacks/model/names');
  const { openSettings, withStoreOf } = await import('../lib/stack-store');
  return withStoreOf(stack, await openSettings(stack), ({ client, settings, declaration }) =>
    work(client, evidenceBucketOf(settings.store.bucketPrefix, declaration)),
  );
}
