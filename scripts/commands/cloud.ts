import type { Command } from 'commander';
import { untilInterrupted } from '../lib/interrupt';

/** `fleet cloud`: the embedded cloud on its own, so that any engine can be pointed at it. */
export function register(program: Command): void {
  const cloud = program
    .command('cloud')
    .description('run the embedded cloud on its own')
    .helpCommand(false)
    .addHelpText(
      'after',
      `
Examples:
  eval "$(fleet cloud start)"          start it, and point the official CLI at it
  fleet cloud status --json
  fleet cloud purge                    stop it and remove its cache`,
    );
  cloud
    .command('start')
    .description('start it (or find it running) and print its endpoints as shell exports')
    .option('--json', 'print the endpoints as JSON')
    .action(async (options: { json?: boolean }) => {
      const { requireRootOnLinux } = await import('../lib/machine');
      requireRootOnLinux('fleet cloud');
      const { startCloud } = await import('../../localcloud/index');
      const { Progress } = await import('../lib/progress');
      const progress = new Progress();
      progress.begin('cloud', 'starting');
      const endpoints = await untilInterrupted((signal) =>
        startCloud({ signal, progress: (line) => progress.say(line) }),
      ).finally(() => progress.stop());
      process.stdout.write(options.json ? `${JSON.stringify(endpoints)}\n` : await exportsOf(endpoints));
    });
  cloud
    .command('prepare')
    .description('build and download what it needs, so that a later start takes seconds')
    .action(async () => {
      const { requireRootOnLinux } = await import('../lib/machine');
      requireRootOnLinux('fleet cloud');
      const { cloudStatus, startCloud, stopCloud } = await import('../../localcloud/index');
      if (await cloudStatus()) return;
      const { Progress } = await import('../lib/progress');
      const progress = new Progress();
      progress.begin('cloud', 'preparing');
      // A start makes whatever is missing, and shows that it works.
      await untilInterrupted((signal) => startCloud({ signal, progress: (line) => progress.say(line) })).finally(() =>
        progress.stop(),
      );
      await stopCloud();
    });
  cloud
    .command('status')
    .description('say whether it runs (exit code 1 when it does not)')
    .option('--json', 'print the endpoints as JSON')
    .action(async (options: { json?: boolean }) => {
      const { cloudStatus } = await import('../../localcloud/index');
      const endpoints = await cloudStatus();
      if (options.json) process.stdout.write(`${JSON.stringify(endpoints ?? null)}\n`);
      else
        process.stdout.write(
          endpoints ? `running, pid ${endpoints.pid}, ${endpoints.digitalocean}\n` : 'not running\n',
        );
      if (!endpoints) process.exitCode = 1;
    });
  const ends = {
    stop: ['stop it: hosts, mounts, interfaces and processes go', 'stopCloud'],
    purge: ['stop it and remove its cache', 'purgeCloud'],
  } as const;
  for (const [name, [description, end]] of Object.entries(ends))
    cloud
      .command(name)
      .description(description)
      .action(async () => {
        const { requireRootOnLinux } = await import('../lib/machine');
        requireRootOnLinux('fleet cloud');
        await (await import('../../localcloud/index'))[end]();
      });
}

async function exportsOf(endpoints: import('../../localcloud/index').CloudEndpoints): Promise<string> {
  const { cloudEnvironment } = await import('../lib/cloud-environment');
  return Object.entries(cloudEnvironment(endpoints))
    .map(([name, value]) => `export ${name}='${value}'\n`)
    .join('');
}
