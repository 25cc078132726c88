import { type Command, InvalidArgumentError, Option } from 'commander';
import type { EngineChoice } from '../engines/choose';
import type { CloudName } from '../../drill/clouds/cloud';
import type { AccountSettings } from '../../drill/clouds/digitalocean/settings';
import { EXIT, UserError } from '../lib/errors';
import { DECLARED, scopeOf } from '../../drill/scope';
import type { Size } from '../../drill/seed/plan';
import { registerHistory } from './drill-history';
import { registerSweep } from './drill-sweep';
import { engineOption } from './engine-verb';

interface Options {
  cloud: CloudName;
  account?: string;
  yes?: number;
  engine: EngineChoice;
  size: Size;
  seed?: number;
  keep?: boolean;
  checkPreview?: boolean;
  upgradeFrom?: string | true;
  fault?: string;
  row?: RegExp;
  stack?: string;
  all?: string;
  listFaults?: boolean;
  json?: boolean;
}

function seedNumber(value: string): number {
  if (!/^\d{1,10}$/.test(value) || Number(value) >= 2 ** 32)
    throw new InvalidArgumentError('It must be a whole number below 4294967296.');
  return Number(value);
}

function dollars(value: string): number {
  if (!/^\d{1,6}(\.\d{1,2})?$/.test(value))
    throw new InvalidArgumentError('It must be an amount in USD, such as 2.50.');
  return Number(value);
}

function expression(value: string): RegExp {
  try {
    return new RegExp(value);
  } catch {
    throw new InvalidArgumentError('It must be a regular expression.');
  }
}

/** What does not go together, as a usage error. */
function refuseCombination({ cloud, engine, keep, yes, account, fault, stack, all, upgradeFrom }: Options): void {
  const wrong = (message: string, hint?: string) => new UserError(message, hint, EXIT.usage);
  if (upgradeFrom && (fault || stack || all || cloud === 'digitalocean'))
    throw wrong(
      '--upgrade-from is for the forge on the embedded cloud; leave --fault, --stack, --all and --cloud out.',
    );
  if (fault && (stack || all)) throw wrong('Faults are tried on the forge; leave --stack and --all out.');
  if (cloud === 'digitalocean') {
    if (stack || all)
      throw wrong('A drill on a real account rehearses the forge; --stack and --all are for the embedded cloud.');
    if (engine === 'embedded')
      throw wrong(
        'The embedded engine only works on the embedded cloud; a drill on a real account takes the official Pulumi CLI.',
      );
    if (fault) throw wrong('Faults are tried on the embedded cloud; a drill on a real account destroys its host.');
    if (keep) throw wrong('A stack on a real account is never kept: it costs money and expires.');
  } else if (yes !== undefined || account !== undefined)
    throw wrong(
      `${yes === undefined ? '--account' : '--yes'} is for --cloud digitalocean; the embedded cloud costs nothing.`,
    );
}

/** `fleet drill`: the whole rehearsal. */
export function register(program: Command): void {
  const command = program
    .command('drill')
    .description('rehearse a rebuild: kill a forge that is written to, rebuild it, compare what came back')
    .helpCommand(false)
    .addOption(
      new Option('--cloud <which>', 'where: on this machine, or a throwaway stack on a real account')
        .choices(['embedded', 'digitalocean'])
        .default('embedded'),
    )
    .option('--account <file>', 'YAML file with the zone and the store of --cloud digitalocean')
    .option('--yes <usd>', 'with --cloud digitalocean: the most it may cost; asked for where it is not said', dollars)
    .addOption(engineOption())
    .addOption(
      new Option('--stack <which>', 'a whole stack with every service of it, instead of the forge alone').choices(
        DECLARED,
      ),
    )
    .addOption(
      new Option(
        '--all [first]',
        'every stack with all services: all hosts die at once, and this stack is rebuilt first',
      )
        .choices(DECLARED)
        .preset(DECLARED.at(-1)),
    )
    .addOption(
      new Option('--size <size>', 'how much work the forge holds')
        .choices(['small', 'standard', 'large'])
        .default('standard'),
    )
    .option('--seed <n>', 'repeat the drill with this seed', seedNumber)
    .option('--keep', 'leave the stack and the cloud running at the end')
    .option('--check-preview', 'also preview after the fault (times are then not judged)')
    .option(
      '--upgrade-from [commit]',
      'make the stack by the program of this commit (the newest release), and update it by this program before its host dies',
    )
    .option(
      '--fault <kind>',
      'break one thing on a clone of a saved stack instead of the whole rehearsal; all: each of them in turn',
    )
    .option(
      '--row <expression>',
      'of a fault that is a table (by-hand, api-lies): only the rows whose words match',
      expression,
    )
    .option('--list-faults', 'show what can be broken, and the end that is promised')
    .option('--json', 'print the report as JSON')
    // Options after `history` are its own.
    .enablePositionalOptions()
    .addHelpText(
      'after',
      `
Writes drills/<time>/report.html, report.md and report.json; drills/latest points to the last one.
Exit code 0 only if everything came back, within the declared objectives or so late only as other programs kept this machine
busy, or was refused where that is promised. 75: the machine managed too little work for a fault to put at risk, which says
nothing of the fleet.
The stack that faults start from is made once (minutes) and kept in the cache.

Examples:
  fleet drill
  fleet drill --size small --seed 7
  fleet drill --stack alpha --size small
  fleet drill --all alpha
  fleet drill --upgrade-from v0.1.0
  fleet drill --list-faults
  fleet drill --fault host-hung --size small
  fleet drill --fault by-hand --row firewall --size small
  fleet drill --engine pulumi --keep
  fleet drill history --limit 10
  fleet drill --cloud digitalocean --account account.yaml`,
    )
    .action(async (options: Options) => {
      if (options.listFaults) {
        const { listFaults } = await import('../../drill/faults/list');
        process.stdout.write(`${listFaults(options.json ?? false)}\n`);
        return;
      }
      refuseCombination(options);
      const real = options.cloud === 'digitalocean';
      const { faultOf } = await import('../../drill/faults');
      const fault = options.fault === undefined || options.fault === 'all' ? undefined : faultOf(options.fault);
      const { requireRootOnLinux } = await import('../lib/machine');
      if (!real) requireRootOnLinux('fleet drill');
      const { chooseEngine } = await import('../engines/choose');
      const { anySeed, runDrill } = await import('../../drill/drill');
      const { tables } = await import('../../drill/report-markdown');
      const { exitCodeOf } = await import('../../drill/report-words');

      const settings = real ? await realAccount(options) : undefined;
      const chosen = await chooseEngine(real ? 'pulumi' : options.engine, { plugins: true });
      const provider = settings && (await paidFor(settings, options));
      const abort = new AbortController();
      const interrupt = () => {
        if (abort.signal.aborted) process.exit(EXIT.interrupted);
        process.stderr.write('\ninterrupted: cleaning up (again to stop at once; the next drill then cleans up)\n');
        abort.abort();
      };
      if (provider) setTimeout(interrupt, provider.deadline.getTime() - Date.now()).unref();
      process.on('SIGINT', interrupt).on('SIGTERM', interrupt).on('SIGHUP', interrupt);
      const scope = scopeOf({ stack: options.stack, all: options.all });
      const asked = {
        size: options.size,
        seed: options.seed ?? anySeed(),
        keep: options.keep ?? false,
        checkPreview: options.checkPreview ?? false,
        row: options.row,
        upgradeFrom: options.upgradeFrom,
      };
      if (options.fault === 'all') {
        const { runAll } = await import('../../drill/faults/all');
        process.exitCode = await runAll(asked, chosen, abort.signal, options.json ?? false);
        return;
      }
      const { report, dir } = await runDrill(
        { ...asked, fault, scope },
        chosen,
        abort.signal,
        provider ?? (await embedded(scope?.forge)),
      );
      process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${tables(report)}\n${dir}/report.html\n`);
      process.exitCode = exitCodeOf(report);
    });
  registerHistory(command);
  registerSweep(command);
}

async function embedded(stack?: string) {
  const { EmbeddedCloud } = await import('../../drill/clouds/embedded');
  return new EmbeddedCloud(stack);
}

async function realAccount({ account }: Options): Promise<AccountSettings> {
  const { accountSettings } = await import('../../drill/clouds/digitalocean/settings');
  return accountSettings(process.env, account);
}

/** A real account that may be used, once somebody has agreed to pay. */
async function paidFor(settings: AccountSettings, options: Options) {
  const { prepareAccount } = await import('../../drill/clouds/digitalocean/prepare');
  const { askYesNo } = await import('../lib/prompt');
  return prepareAccount(settings, options, { say: (line) => process.stderr.write(`${line}\n`), ask: askYesNo });
}
