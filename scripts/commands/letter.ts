import type { Command } from 'commander';
import { Interrupted, messageOf, UserError } from '../lib/errors';

/** `fleet letter`: the documents' commands, as a person types them. */
export function register(program: Command): void {
  program
    .command('letter')
    .description(
      'type the commands of README, ops/README and the recovery kit as they stand there, in an empty home, with the embedded cloud as the account',
    )
    .option(
      '--stack <name>',
      'stack that is made instead of alpha; its name takes the place of alpha’s in the commands',
      'alpha',
    )
    .option('--until <block>', 'end after the block of this name')
    .option('--skip <blocks...>', 'leave the blocks of these names out', [])
    .option('--list', 'show the blocks and their commands, and run nothing')
    .addHelpText(
      'after',
      `
Each block of commands in those documents is preceded by a comment that names it and what must be seen after it. \`pulumi\` is the official CLI where
it is installed, otherwise a stand-in of that name over the embedded engine, which the output names. Exit code 0 only if every command did what the
document says.

Examples:
  fleet letter                              alpha, from the first command to the rebuild from the kit
  fleet letter --stack drill --until kit    the forge and one agent, up to the first stack, proved, with its kit
  fleet letter --stack drill --until lost --skip 'moving in'    and until its machine was lost and rebuilt`,
    )
    .action(async (options: { stack: string; until?: string; skip: string[]; list?: boolean }) => {
      const { allBlocks } = await import('../../drill/letter/documents');
      const { write } = await import('../../drill/letter/letter');
      if (options.list) {
        for (const { document, line, name, commands } of allBlocks().blocks)
          process.stdout.write(
            `${document}:${line} ${name}\n${commands.map((command) => `    ${command}\n`).join('')}`,
          );
        return;
      }
      const { declarationOf } = await import('../init/init');
      const { requireRootOnLinux } = await import('../lib/machine');
      const { Progress } = await import('../lib/progress');
      const { cloudStatus, startCloud, stopCloud } = await import('../../localcloud/index');
      declarationOf(options.stack);
      requireRootOnLinux('fleet letter');
      if (await cloudStatus())
        throw new UserError(
          'An embedded cloud is already running, and the letter needs one of its own.',
          'Stop it with: fleet cloud stop',
        );
      const progress = new Progress();
      const abort = new AbortController();
      const interrupt = () => abort.abort();
      process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
      progress.begin('letter', 'starting the embedded cloud');
      let failed = true;
      try {
        const cloud = await startCloud({ progress: (line) => progress.waiting(line) });
        // Without a terminal each command has one line, which comes when it has ended.
        const waiting = (line: string) => (process.stderr.isTTY ? progress.waiting(line) : undefined);
        await write(cloud, { ...options, say: (line) => progress.say(line), waiting, signal: abort.signal });
        if (abort.signal.aborted) throw new Interrupted();
        progress.say('every command did what the documents say');
        failed = false;
      } finally {
        progress.stop();
        process.removeListener('SIGINT', interrupt).removeListener('SIGTERM', interrupt);
        // What did not work is what a person must read, also where something of the cloud could not be cleared away.
        await stopCloud().catch((error) => {
          if (!failed) throw error;
          progress.say(messageOf(error));
        });
      }
    });
}
