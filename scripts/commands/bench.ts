import { type Command, Option } from 'commander';
import type { EngineChoice } from '../engines/choose';
import type { Size } from '../../drill/seed/plan';
import { EXIT, Interrupted, UserError } from '../lib/errors';
import { engineOption, positive } from './engine-verb';

interface Options {
  engine: EngineChoice;
  size: Size;
  pairs: number;
  rebuilds: number;
  seed: number;
  json?: string;
  list?: boolean;
}

/** `fleet bench`: how long things take, against the plainest way to do the same. */
export function register(program: Command): void {
  program
    .command('bench')
    .description(
      'measure the rebuild, the restore, the preview, the engine and the cost of backups, each against a plain counterpart, and what the age of a store costs',
    )
    .argument('[name...]', 'benchmarks to run (default: all of them)')
    .addOption(engineOption())
    .addOption(
      new Option('--size <size>', 'how much work the forge holds')
        .choices(['small', 'standard', 'large'])
        .default('small'),
    )
    .option('--pairs <n>', 'pairs of each short measurement', positive, 5)
    .option('--rebuilds <n>', 'pairs of rebuilds, about two minutes each', positive, 3)
    .option('--seed <n>', 'seed of the data', positive, 4)
    .option('--json <file>', 'also write the result, every raw value included, to this file')
    .option('--list', 'show the benchmarks and their targets, and run nothing')
    .addHelpText(
      'after',
      `
Every figure is a ratio of two things measured in the same run, one right after the other.
Exit code 0 only if every target is met.

Examples:
  fleet bench                          all of them; npm run bench does the same
  fleet bench --list
  fleet bench age --size standard      stores as old as a year: 3 GB of memory, a quarter of an hour
  fleet bench rebuild --size standard --json rebuild.json`,
    )
    .action(async (names: string[], options: Options) => {
      const { benchmarks, runBenchmarks } = await import('../../drill/bench/bench');
      const { listOf, tableOf } = await import('../../drill/bench/table');
      if (options.list) {
        process.stdout.write(`${listOf(benchmarks)}\n`);
        return;
      }
      const unknown = names.filter((name) => !benchmarks.some((one) => one.name === name));
      if (unknown.length)
        throw new UserError(
          `There is no benchmark ${unknown.join(', ')}.`,
          `There are: ${benchmarks.map(({ name }) => name).join(', ')}.`,
          EXIT.usage,
        );
      const chosen = benchmarks.filter(({ name }) => names.length === 0 || names.includes(name));
      const { requireRootOnLinux } = await import('../lib/machine');
      if (chosen.some(({ needsCloud }) => needsCloud)) requireRootOnLinux('fleet bench');
      const { chooseEngine } = await import('../engines/choose');
      const { Progress } = await import('../lib/progress');

      const engine = await chooseEngine(options.engine, { plugins: true });
      const abort = new AbortController();
      const interrupt = () => (abort.signal.aborted ? process.exit(EXIT.interrupted) : abort.abort());
      process.on('SIGINT', interrupt).on('SIGTERM', interrupt).on('SIGHUP', interrupt);
      const progress = new Progress();
      progress.say(`benchmarks with the ${engine.engine.label} (${engine.reason})`);
      const result = await runBenchmarks(chosen, engine, options, progress, abort.signal)
        .catch((error) => {
          throw abort.signal.aborted ? new Interrupted() : error;
        })
        .finally(() => progress.stop());
      if (options.json) {
        const { writeFileSync } = await import('node:fs');
        writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
      }
      process.stdout.write(`${tableOf(result)}\n`);
      if (result.figures.some(({ ok }) => !ok)) process.exitCode = EXIT.failed;
    });
}
