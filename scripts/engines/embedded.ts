/** The embedded engine behind the port: loaded only when it is asked for, so that production needs no workspace. */
import { Interrupted, UserError, messageOf } from '../lib/errors';
import type { StackRef } from '../lib/project';
import type { Engine, RunOptions, RunResult } from './engine';

type Verb = 'preview' | 'up' | 'refresh' | 'destroy';

async function load() {
  try {
    return await import('../../engine/index');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new UserError(
      `The embedded engine cannot be loaded: ${messageOf(error).split('\n')[0]}.`,
      'Run npm ci in the project, or use --engine pulumi.',
    );
  }
}

async function run(verb: Verb, stack: StackRef, options: RunOptions = {}): Promise<RunResult> {
  const engine = await load();
  if (options.signal?.aborted) throw new Interrupted();
  const errors: string[] = [];
  const result = await engine[verb]({
    ...engineOptions(stack),
    parallel: options.parallel,
    refresh: options.refresh,
    signal: options.signal,
    onEvent: (event) => {
      if (event.kind === 'diagnostic' && event.severity === 'error') errors.push(event.message);
      if (event.kind === 'step-failed' && event.error) errors.push(event.error);
      options.onEvent?.(event);
    },
  });
  if (options.signal?.aborted) throw new Interrupted();
  return { ...result, errors: [...new Set(errors)] };
}

function engineOptions(stack: StackRef) {
  return {
    projectDir: stack.projectDir,
    stack: stack.stack,
    configFile: stack.configFile,
    backendDir: stack.backendDir,
    passphrase: stack.passphrase,
    env: { ...process.env, ...stack.env },
  };
}

/** The embedded engine; it refuses every endpoint that is not the embedded cloud's. */
export const embedded: Engine = {
  name: 'embedded',
  label: 'embedded engine',
  init: async (stack) => (await load()).init(engineOptions(stack)),
  preview: (stack, o) => run('preview', stack, o),
  up: (stack, o) => run('up', stack, o),
  refresh: (stack, o) => run('refresh', stack, o),
  destroy: (stack, o) => run('destroy', stack, o),
  outputs: async (stack, o) => (await load()).outputs({ ...engineOptions(stack), showSecrets: o?.showSecrets }),
  exportState: async (stack) => (await load()).exportState(engineOptions(stack)),
  importState: async (stack, state) => (await load()).importState(engineOptions(stack), state),
};
