/**
 * Stands in for the official CLI in the letter where that is not installed: the same commands, files and answers, done by the embedded engine.
 * It works in the project of the working directory, and knows what the documents use.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, CommanderError } from 'commander';
import * as engine from '../../../engine/index';
import { loadProject } from '../../../engine/project';
import { FileBackend } from '../../../engine/state/backend';
import { readableUrn } from '../../../scripts/engines/engine';
import { messageOf } from '../../../scripts/lib/errors';
import { backendDir, passphrase } from '../../../scripts/lib/project';
import { openConfig } from './config-file';

const NAME = 'pulumi: stand-in of the letter over the embedded engine; the official CLI is not installed';
/** The official CLI's exit code for every error. */
const FAILED = 255;

type Verb = 'preview' | 'up' | 'refresh' | 'destroy';
interface Options {
  stack?: string;
  refresh?: boolean;
  yes?: boolean;
  skipPreview?: boolean;
  path?: boolean;
  secret?: boolean;
  json?: boolean;
  showSecrets?: boolean;
  file?: string;
}

const projectDir = process.cwd();
const project = () => loadProject(projectDir);

/** Where the official CLI keeps which stack is selected. */
const workspaceFile = () =>
  join(
    process.env.HOME ?? '/',
    '.pulumi/workspaces',
    `${project().name}-${createHash('sha1').update(join(projectDir, 'Pulumi.yaml')).digest('hex')}-workspace.json`,
  );

function selected(): string {
  const file = workspaceFile();
  if (!existsSync(file))
    throw new Error('no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one');
  return (JSON.parse(readFileSync(file, 'utf8')) as { stack: string }).stack;
}

function select(stack: string): void {
  mkdirSync(dirname(workspaceFile()), { recursive: true });
  writeFileSync(workspaceFile(), JSON.stringify({ stack }));
}

const backendOf = (stack: string) => new FileBackend(backendDir(), project().name, stack);

function optionsOf(stack: string) {
  if (!backendOf(stack).read()) throw new Error(`no stack named '${stack}' found`);
  return {
    projectDir,
    stack,
    configFile: join(projectDir, `Pulumi.${stack}.yaml`),
    backendDir: backendDir(),
    passphrase: passphrase(),
  };
}

/** The stack that a command is about. */
const stackOf = ({ stack }: Options): string => stack ?? selected();

const configOf = (options: Options) => openConfig(optionsOf(stackOf(options)).configFile, passphrase(), project().name);

const say = (line: string) => process.stdout.write(`${line}\n`);

async function run(verb: Verb, stack: string, refresh?: boolean): Promise<boolean> {
  const errors: string[] = [];
  const result = await engine[verb]({
    ...optionsOf(stack),
    refresh,
    onEvent: (event) => {
      if (event.kind === 'step-done') say(`  ${event.op.padEnd(16)} ${readableUrn(event.urn)}`);
      else if (event.kind === 'program-output') say(`  ${event.line}`);
      else if (event.kind === 'step-failed')
        errors.push(event.error ?? `${event.op} of ${readableUrn(event.urn)} failed`);
      else if (event.kind === 'diagnostic' && event.severity !== 'info')
        (event.severity === 'error' ? errors : []).push(event.message);
    },
  });
  for (const error of new Set(errors)) process.stderr.write(`error: ${error}\n`);
  const changes = Object.entries(result.summary)
    .map(([op, count]) => `${count} ${op}`)
    .join(', ');
  say(`Resources: ${changes || 'no changes'}\nDuration: ${Math.round(result.durationSeconds)}s`);
  return result.ok;
}

/** Shows what would be done and asks, as the official CLI does; without a terminal somebody must have said yes. */
async function update(verb: 'up' | 'refresh' | 'destroy', options: Options): Promise<void> {
  const stack = stackOf(options);
  if (!options.yes && !/^(1|true)$/i.test(process.env.PULUMI_SKIP_CONFIRMATIONS ?? ''))
    throw new Error('--yes or --skip-preview must be passed in to proceed when running in non-interactive mode');
  if (verb === 'up' && !options.skipPreview) {
    say(`Previewing update (${stack}):`);
    if (!(await run('preview', stack, options.refresh))) throw new Error('the preview failed');
  }
  say(`${{ up: 'Updating', refresh: 'Refreshing', destroy: 'Destroying' }[verb]} (${stack}):`);
  if (!(await run(verb, stack, options.refresh))) throw new Error(`${verb} failed`);
}

function build(): Command {
  const program = new Command('pulumi').description(NAME).exitOverride().helpCommand(false).enablePositionalOptions();
  const withStack = (command: Command) => command.option('-s, --stack <name>').option('--non-interactive');
  const preview = withStack(program.command('preview')).option('--refresh');
  preview.action(async (options: Options) => {
    if (!(await run('preview', stackOf(options), options.refresh))) throw new Error('the preview failed');
  });
  for (const verb of ['up', 'refresh', 'destroy'] as const) {
    withStack(program.command(verb))
      .option('-y, --yes')
      .option('-f, --skip-preview')
      .option('--refresh')
      .action((options: Options) => update(verb, options));
  }
  const stack = program.command('stack').helpCommand(false).enablePositionalOptions();
  stack
    .command('init')
    .argument('<name>')
    .option('--secrets-provider <which>')
    .option('--no-select')
    .action(async (name: string, options: { select: boolean }) => {
      if (backendOf(name).read()) throw new Error(`stack '${name}' already exists`);
      mkdirSync(backendDir(), { recursive: true });
      await engine.init({ projectDir, stack: name, backendDir: backendDir(), passphrase: passphrase() });
      if (options.select) select(name);
    });
  stack
    .command('select')
    .argument('<name>')
    .action((name: string) => {
      optionsOf(name);
      select(name);
    });
  withStack(stack.command('output'))
    .argument('[name]')
    .option('-j, --json')
    .option('--show-secrets')
    .action(async (name: string | undefined, options: Options) => {
      const outputs = await engine.outputs({
        ...optionsOf(stackOf(options)),
        showSecrets: options.showSecrets,
      });
      const wanted = name === undefined ? outputs : outputs[name];
      if (wanted === undefined) throw new Error(`current stack does not have output property '${name}'`);
      say(typeof wanted === 'string' && !options.json ? wanted : JSON.stringify(wanted, null, 2));
    });
  withStack(stack.command('export'))
    .option('--file <file>')
    .action(async (options: Options) => {
      const text = `${JSON.stringify(await engine.exportState(optionsOf(stackOf(options))), null, 4)}\n`;
      if (options.file) writeFileSync(options.file, text, { mode: 0o600 });
      else process.stdout.write(text);
    });
  withStack(stack.command('import'))
    .option('--file <file>')
    .action((options: Options) => {
      const name = stackOf(options);
      optionsOf(name);
      backendOf(name).write(JSON.parse(readFileSync(options.file ?? 0, 'utf8')) as Parameters<FileBackend['write']>[0]);
    });
  const config = program.command('config').helpCommand(false).enablePositionalOptions();
  const setting = (name: string) =>
    withStack(config.command(name)).argument('<key>').option('--path').option('--secret').option('--plaintext');
  setting('set')
    .argument('[value]')
    .action(async (key: string, value: string | undefined, options: Options) => {
      const file = await configOf(options);
      file.set(key, value ?? readFileSync(0, 'utf8').replace(/\n$/, ''), {
        isPath: options.path,
        isSecret: options.secret,
      });
    });
  setting('get').action(async (key: string, options: Options) => {
    const value = (await configOf(options)).get(key, options.path);
    if (value === undefined) throw new Error(`configuration key '${key}' not found for stack '${stackOf(options)}'`);
    say(typeof value === 'string' ? value : JSON.stringify(value));
  });
  setting('rm').action(async (key: string, options: Options) => {
    (await configOf(options)).remove(key, options.path);
  });
  // Whoever asks which version this is wants the official one.
  program.command('version').action(() => {
    throw new Error('this is no official CLI');
  });
  return program;
}

void build()
  .parseAsync()
  .catch((error: unknown) => {
    if (error instanceof CommanderError) return void (process.exitCode = error.exitCode && 2);
    process.stderr.write(`error: ${messageOf(error)}\n`);
    process.exitCode = FAILED;
  })
  .then(() => process.exit());
process.stderr.write(`${NAME}\n`);
