/**
 * The official CLI behind the port: no login, state in a `file://` backend, events read line by line.
 *
 * The SDK's Automation API does the same and is not used: it selects the stack for the user's next command, exports states with their secrets in
 * clear, does not end a CLI that ignores Ctrl-C, and runs the CLI three more times after each update. Its types of the events are.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import execa from 'execa';
import { Interrupted, UserError } from '../lib/errors';
import type { StackRef } from '../lib/project';
import { projectName, stateFile } from '../lib/state';
import type { Engine, RunOptions, RunResult } from './engine';
import { clearDeadLocks } from './lock';
import { adoptPending } from './pending';
import { Trace } from './trace';
import { distinct } from './words';

function environment(stack: StackRef): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...stack.env,
    PULUMI_BACKEND_URL: `file://${stack.backendDir}`,
    PULUMI_CONFIG_PASSPHRASE: stack.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // Without it a preview prints one document at its end.
    PULUMI_ENABLE_STREAMING_JSON_PREVIEW: 'true',
    NO_COLOR: '1',
  };
}

type Verb = 'preview' | 'up' | 'refresh' | 'destroy';

/** How long running steps may still take after an interrupt. */
const INTERRUPT_MS = 10_000;

/** Runs one CLI command to its end and returns stdout; a failure is one sentence with what the CLI said. */
async function cli(
  stack: StackRef,
  args: string[],
  { input, cwd = stack.projectDir }: { input?: string; cwd?: string } = {},
): Promise<string> {
  const done = await execa('pulumi', [...args, '--non-interactive'], {
    env: environment(stack),
    cwd,
    input,
    reject: false,
  });
  if (done.exitCode === 0) return done.stdout;
  throw new UserError(`pulumi ${args.slice(0, 2).join(' ')} failed: ${lastLines(done.stderr || done.stdout)}`);
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-5).join('\n');

/** Makes the stack when the backend does not have it, and clears what a killed run left. */
async function prepare(stack: StackRef, options: RunOptions, writes: boolean): Promise<void> {
  const project = projectName(stack.projectDir);
  await init(stack);
  if (!writes) return;
  const say = (message: string) => options.onEvent?.({ at: Date.now(), kind: 'diagnostic', severity: 'info', message });
  clearDeadLocks(stack.backendDir, project, stack.stack).forEach(say);
  const state = await exportState(stack);
  if (!state.deployment?.pending_operations?.length) return;
  const adopted = await adoptPending(state, { ...process.env, ...stack.env });
  adopted.notes.forEach(say);
  await importState(stack, adopted.state);
}

async function init(stack: StackRef): Promise<boolean> {
  if (existsSync(join(stack.backendDir, stateFile(projectName(stack.projectDir), stack.stack)))) return false;
  mkdirSync(stack.backendDir, { recursive: true });
  await createStack(stack);
  return true;
}

/** `stack init` writes a settings file beside Pulumi.yaml: done in a folder of its own, so that ours stays as it is. */
async function createStack(stack: StackRef): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'fleet-init-'));
  try {
    copyFileSync(join(stack.projectDir, 'Pulumi.yaml'), join(dir, 'Pulumi.yaml'));
    await cli(stack, ['stack', 'init', stack.stack, '--no-select', '--secrets-provider', 'passphrase'], { cwd: dir });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function run(verb: Verb, stack: StackRef, options: RunOptions = {}): Promise<RunResult> {
  await prepare(stack, options, verb !== 'preview');
  const trace = new Trace(options.onEvent);
  const args = [verb, '--json', '--non-interactive', '--stack', stack.stack, '--config-file', stack.configFile];
  if (verb !== 'preview') args.push('--yes', '--skip-preview');
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
    outputs: ok && ['up', 'refresh'].includes(verb) ? await outputs(stack) : {},
    durationSeconds: (Date.now() - began) / 1000,
    errors: distinct(trace.errors),
  };
}

async function lines(stream: NodeJS.ReadableStream | null, take: (line: string) => void): Promise<void> {
  if (!stream) return;
  for await (const line of createInterface({ input: stream })) take(line);
}

async function outputs(stack: StackRef, options: { showSecrets?: boolean } = {}): Promise<Record<string, unknown>> {
  const args = ['stack', 'output', '--json', '--stack', stack.stack];
  return JSON.parse(await cli(stack, options.showSecrets ? [...args, '--show-secrets'] : args));
}

async function exportState(stack: StackRef) {
  return JSON.parse(await cli(stack, ['stack', 'export', '--stack', stack.stack]));
}

async function importState(stack: StackRef, state: object): Promise<void> {
  await cli(stack, ['stack', 'import', '--stack', stack.stack], { input: JSON.stringify(state) });
}

/** The official CLI of that version. */
export const official = (version: string): Engine => ({
  name: 'pulumi',
  label: `official Pulumi CLI ${version}`,
  init,
  preview: (stack, options) => run('preview', stack, options),
  up: (stack, options) => run('up', stack, options),
  refresh: (stack, options) => run('refresh', stack, options),
  destroy: (stack, options) => run('destroy', stack, options),
  outputs,
  exportState,
  importState,
});
