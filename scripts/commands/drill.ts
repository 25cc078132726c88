import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EngineChoice } from '../engines/choose';
import { EXIT } from '../lib/errors';
import type { Size } from '../drill/seed/plan';
import { registerHistory } from './drill-history';
import { engineOption } from './engine-verb';

interface Options {
  engine: EngineChoice;
  size: Size;
  seed?: number;
  keep?: boolean;
  checkPreview?: boolean;
  json?: boolean;
}

function seedNumber(value: string): number {
  if (!/^\d{1,10}$/.test(value) || Number(value) >= 2 ** 32) throw new InvalidArgumentError('It must be a whole number below 4294967296.');
  return Number(value);
}

/** `fleet drill`: the whole rehearsal. */
export function register(program: Command): void {
  const command = program
    .command('drill')
    .description('rehearse a rebuild: kill a forge that is written to, rebuild it, compare what came back')
    .addOption(engineOption())
    .addOption(new Option('--size <size>', 'how much work the forge holds').choices(['small', 'standard', 'large']).default('standard'))
    .option('--seed <n>', 'repeat the drill with this seed', seedNumber)
    .option('--keep', 'leave the stack and the cloud running at the end')
    .option('--check-preview', 'also preview after the fault (the time to recover is then not judged)')
    .option('--json', 'print the report as JSON')
    // Options after `history` are its own.
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Writes drills/<time>/report.html, report.md and report.json; drills/latest points to the last one.
Exit code 0 only if everything came back within the declared objectives.

Examples:
  fleet drill
  fleet drill --size small --seed 7
  fleet drill --engine pulumi --keep
  fleet drill history --limit 10`,
    )
    .action(async (options: Options) => {
      const { requireRootOnLinux } = await import('../lib/machine');
      requireRootOnLinux('fleet drill');
      const { chooseEngine } = await import('../engines/choose');
      const { anySeed, runDrill } = await import('../drill/drill');
      const { tables } = await import('../drill/report-markdown');

      const chosen = await chooseEngine(options.engine, { plugins: true });
      const abort = new AbortController();
      const interrupt = () => {
        if (abort.signal.aborted) process.exit(EXIT.interrupted);
        process.stderr.write('\ninterrupted: cleaning up (again to stop at once; the next drill then cleans up)\n');
        abort.abort();
      };
      process.on('SIGINT', interrupt).on('SIGTERM', interrupt).on('SIGHUP', interrupt);
      const { report, dir } = await runDrill(
        { size: options.size, seed: options.seed ?? anySeed(), keep: options.keep ?? false, checkPreview: options.checkPreview ?? false },
        chosen,
        abort.signal,
      );
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${tables(report)}\n${dir}/report.html\n`);
      process.exitCode = report.verdict === 'recovered' ? EXIT.ok : report.verdict === 'interrupted' ? EXIT.interrupted : EXIT.failed;
    });
  registerHistory(command);
}
