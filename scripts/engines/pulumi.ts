/** The official CLI behind the port: no login, state in a `file://` backend, events read line by line. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import execa from 'execa';
import { parse } from 'yaml';
import { Interrupted, UserError } from '../lib/errors';
import type { StackRef } from '../lib/project';
import type { Engine, RunOptions, RunResult } from './engine';
import { clearDeadLocks } from './lock';
import { adoptPending } from './pending';
import { Trace } from './trace';
import { distinct, wordsOf } from './words';

const projectName = (stack: StackRef): string =>
  parse(readFileSync(join(stack.projectDir, 'Pulumi.yaml'), 'utf8')).name;

function environment(stack: StackRef): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...stack.env,
    PULUMI_BACKEND_URL: `file://${stack.backendDir}`,
    PULUMI_CONFIG_PASSPHRASE: stack.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: 'true',
    NO_COLOR: '1',
  };
}

/** How long running steps may still take after an interrupt. */
const INTERRUPT_MS = 10_000;

/** Runs one CLI command to its end and returns stdout; a failure is one sentence with what the CLI said. */
async function cli(stack: StackRef, args: string[], input?: string): Promise<string> {
  const done = await execa('pulumi', [...args, '--non-interactive'], {
    env: environment(stack),
    cwd: stack.projectDir,
    input,
    reject: false,
  });
  if (done.exitCode === 0) return done.stdout;
  throw new UserError(`pulumi ${args.slice(0, 2).join(' ')} failed: ${lastLines(done.stderr || done.stdout)}`);
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-5).join('\n');

/** Makes the stack when the backend does not have it, and clears what a killed run left. */
async function prepare(stack: StackRef, options: RunOptions, writes: boolean): Promise<void> {
  const project = projectName(stack);
  await init(stack);
  if (!writes) return;
  const say = (message: string) => options.onEvent?.({ at: Date.now(), kind: 'diagnostic', severity: 'info', message });
  clearDeadLocks(stack.backendDir, project, stack.stack).forEach(say);
  const state = JSON.parse(await cli(stack, ['stack', 'export', '--stack', stack.stack]));
  if (!state.deployment?.pending_operations?.length) return;
  const adopted = await adoptPending(state, { ...process.env, ...stack.env });
  adopted.notes.forEach(say);
  await cli(stack, ['stack', 'import', '--stack', stack.stack], JSON.stringify(adopted.state));
}

async function init(stack: StackRef): Promise<boolean> {
  if (existsSync(join(stack.backendDir, '.pulumi', 'stacks', projectName(stack), `${stack.stack}.json`))) return false;
  mkdirSync(stack.backendDir, { recursive: true });
  await createStack(stack);
  return true;
}

/** `stack init` writes a settings file beside Pulumi.yaml: done in a folder of its own, so that ours stays as it is. */
async function createStack(stack: StackRef): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'fleet-init-'));
  try {
    copyFileSync(join(stack.projectDir, 'Pulumi.yaml'), join(dir, 'Pulumi.yaml'));
    const done = await execa(
      'pulumi',
      ['stack', 'init', stack.stack, '--no-select', '--secrets-provider', 'passphrase', '--non-interactive'],
      {
        env: environment(stack),
        cwd: dir,
        reject: false,
      },
    );
    if (done.exitCode !== 0) throw new UserError(`pulumi stack init failed: ${lastLines(done.stderr || done.stdout)}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function run(verb: 'up' | 'refresh' | 'destroy', stack: StackRef, options: RunOptions = {}): Promise<RunResult> {
  await prepare(stack, options, true);
  const trace = new Trace(options.onEvent);
  const args = [
    verb,
    '--yes',
    '--skip-preview',
    '--json',
    '--non-interactive',
    '--stack',
    stack.stack,
    '--config-file',
    stack.configFile,
  ];
  if (options.refresh && verb !== 'refresh') args.push('--refresh');
  if (options.parallel) args.push('--parallel', String(options.parallel));
  const began = Date.now();
  const child = execa('pulumi', args, {
    env: environment(stack),
    cwd: stack.projectDir,
    reject: false,
    buffer: false,
    stdin: 'ignore',
  });
  // One interrupt lets the CLI finish its running steps and release the lock; a step can take minutes, and what is cut off is found again.
  let cutOff: NodeJS.Timeout | undefined;
  const interrupt = () => {
    child.kill('SIGINT');
    cutOff = setTimeout(() => child.kill('SIGKILL'), INTERRUPT_MS);
  };
  options.signal?.addEventListener('abort', interrupt, { once: true });
  const stderr: string[] = [];
  const reading = Promise.all([
    lines(child.stdout, (line) => trace.line(line)),
    lines(child.stderr, (line) => {
      stderr.push(line);
      options.onEvent?.({ at: Date.now(), kind: 'program-output', line });
    }),
  ]);
  const done = await child;
  clearTimeout(cutOff);
  options.signal?.removeEventListener('abort', interrupt);
  if (options.signal?.aborted) {
    // What the CLI had started may hold its output a while longer.
    reading.catch(() => undefined);
    throw new Interrupted();
  }
  await reading;
  const ok = done.exitCode === 0;
  if (!ok && trace.errors.length === 0)
    trace.errors.push(
      lastLines(stderr.join('\n')) ||
        `pulumi ${verb} ${done.signal ? `was ended by ${done.signal}` : `ended with exit code ${done.exitCode}`}`,
    );
  return {
    ok,
    steps: trace.steps,
    summary: trace.summary,
    outputs: ok && verb !== 'destroy' ? await outputs(stack) : {},
    durationSeconds: (Date.now() - began) / 1000,
    errors: distinct(trace.errors),
  };
}

async function lines(stream: NodeJS.ReadableStream | null, take: (line: string) => void): Promise<void> {
  if (!stream) return;
  for await (const line of createInterface({ input: stream })) take(line);
}

/** `preview --json` is one document; its steps are in the order in which the program registered them. */
async function preview(stack: StackRef, options: RunOptions = {}): Promise<RunResult> {
  await prepare(stack, options, false);
  const began = Date.now();
  const args = ['preview', '--json', '--non-interactive', '--stack', stack.stack, '--config-file', stack.configFile];
  if (options.refresh) args.push('--refresh');
  const done = await execa('pulumi', args, { env: environment(stack), cwd: stack.projectDir, reject: false });
  let document: {
    steps?: Array<{ op: string; urn: string }>;
    changeSummary?: Record<string, number>;
    diagnostics?: Array<{ severity: string; message: string }>;
  };
  try {
    document = JSON.parse(done.stdout);
  } catch {
    throw new UserError(`pulumi preview failed: ${lastLines(done.stderr || done.stdout)}`);
  }
  const steps = (document.steps ?? [])
    .filter((step) => !['same', 'read', 'refresh'].includes(step.op))
    .map(({ op, urn }) => ({ op, urn }));
  for (const step of steps) options.onEvent?.({ at: Date.now(), kind: 'step-done', ...step });
  for (const { severity, message } of document.diagnostics ?? [])
    if (severity === 'warning')
      options.onEvent?.({ at: Date.now(), kind: 'diagnostic', severity, message: wordsOf(message) });
  const errors = (document.diagnostics ?? [])
    .filter((entry) => entry.severity === 'error')
    .map((entry) => wordsOf(entry.message));
  return {
    ok: done.exitCode === 0,
    steps,
    summary: document.changeSummary ?? {},
    outputs: {},
    durationSeconds: (Date.now() - began) / 1000,
    errors: distinct(errors),
  };
}

async function outputs(stack: StackRef, options: { showSecrets?: boolean } = {}): Promise<Record<string, unknown>> {
  const args = ['stack', 'output', '--json', '--stack', stack.stack];
  return JSON.parse(await cli(stack, options.showSecrets ? [...args, '--show-secrets'] : args));
}

/** The official CLI of that version. */
export const official = (version: string): Engine => ({
  name: 'pulumi',
  label: `official Pulumi CLI ${version}`,
  init,
  preview,
  up: (stack, options) => run('up', stack, options),
  refresh: (stack, options) => run('refresh', stack, options),
  destroy: (stack, options) => run('destroy', stack, options),
  outputs,
  exportState: async (stack) => JSON.parse(await cli(stack, ['stack', 'export', '--stack', stack.stack])),
  importState: async (stack, state) =>
    void (await cli(stack, ['stack', 'import', '--stack', stack.stack], JSON.stringify(state))),
});
