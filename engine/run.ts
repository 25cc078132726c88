import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Deployment } from './deployment/deployment';
import { deletePhase } from './deployment/delete';
import { resolvePending } from './deployment/pending';
import { refreshState } from './deployment/refresh';
import { CancelledError, EngineError, messageOf } from './errors';
import { Crypter, newSalt } from './passphrase';
import { Program } from './program';
import { Config, configSalt, loadConfig, loadProject, Project } from './project';
import { ProviderRegistry } from './providers/registry';
import { Reporter } from './reporter';
import { MonitorServer } from './server';
import { FileBackend } from './state/backend';
import { decodeDeployment, encodeDeployment, StackState } from './state/checkpoint';
import { StackLock } from './state/lock';
import { Snapshot } from './state/snapshot';
import { EngineOptions, EngineResult } from './types';
import { mask, PropertyMap, UNKNOWN, Value } from './values';

const LEAST_PARALLEL = 8;
/** How long a program may take to end after its engine gave up. */
const END_MILLISECONDS = 10_000;

/** A stack that is open for reading: project, configuration and state. */
export interface OpenStack {
  project: Project;
  config: Config;
  backend: FileBackend;
  crypter: Crypter;
  state: StackState;
}

/** Opens a stack without locking it. */
export async function openStack(options: EngineOptions): Promise<OpenStack> {
  const project = loadProject(options.projectDir);
  const configFile = options.configFile ?? join(options.projectDir, `Pulumi.${options.stack}.yaml`);
  const backend = new FileBackend(options.backendDir, project.name, options.stack);
  const stored = backend.read();
  const storedSalt = stored?.deployment.secrets_providers?.state?.salt;
  const type = stored?.deployment.secrets_providers?.type;
  if (type !== undefined && type !== 'passphrase')
    throw new EngineError(
      `The state uses the secrets provider '${type}'; the embedded engine implements passphrase only.`,
    );
  // The stack file's salt wins for writing, as it does officially.
  const salt = configSalt(configFile) ?? storedSalt ?? (await newSalt(options.passphrase));
  const crypter = await Crypter.open(options.passphrase, salt);
  const reader =
    storedSalt === undefined || storedSalt === salt ? crypter : await Crypter.open(options.passphrase, storedSalt);
  const state = stored === undefined ? { resources: [], pending: [] } : decodeDeployment(stored, reader);
  return { project, config: loadConfig(project, configFile, crypter), backend, crypter, state };
}

interface Verb {
  preview: boolean;
  refresh?: boolean;
  kind: 'up' | 'refresh' | 'destroy';
}

function interruptible(options: EngineOptions): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  // Every operation under way listens, and there may be many.
  setMaxListeners(0, controller.signal);
  const abort = (): void => controller.abort(new CancelledError());
  if (options.signal?.aborted) abort();
  options.signal?.addEventListener('abort', abort, { once: true });
  process.on('SIGINT', abort);
  process.on('SIGTERM', abort);
  return {
    signal: controller.signal,
    dispose() {
      options.signal?.removeEventListener('abort', abort);
      process.off('SIGINT', abort);
      process.off('SIGTERM', abort);
    },
  };
}

/** Runs the program, does what it asks for, and deletes what it does not want any more. */
async function runProgram(deployment: Deployment, project: Project, env: NodeJS.ProcessEnv): Promise<void> {
  const { options, reporter } = deployment;
  const server = new MonitorServer(deployment);
  const address = await server.listen();
  const program = new Program({
    project,
    config: options.config,
    stack: options.stack,
    address,
    preview: options.preview,
    parallel: options.parallel,
    env,
    onOutput: (line) => reporter.output(line),
  });
  const stop = (): void => void program.stop();
  options.cancel.addEventListener('abort', stop, { once: true });
  if (options.cancel.aborted) stop();
  const timers: NodeJS.Timeout[] = [];
  const insist = (): void => void timers.push(setTimeout(stop, END_MILLISECONDS));
  void deployment.whenHalted.then(() => deployment.stepping.idle()).then(insist);
  try {
    const isSignalled = await Promise.race([server.signalled.then(() => true), program.exited.then(() => false)]);
    await deployment.stepping.idle();
    // The program ends with 0 also after it was refused something: only our own record counts.
    if (isSignalled && !deployment.halted && !reporter.hasFailed) await deletePhase(deployment);
    server.finish();
    insist();
    const code = await program.exited;
    const USER_WAS_TOLD = 32;
    if (code !== 0 && !reporter.hasFailed) {
      if (code === USER_WAS_TOLD) reporter.fail();
      else deployment.fail(`The program ended with exit code ${code}.`);
    } else if (!isSignalled && !reporter.hasFailed)
      deployment.fail('The program ended before it said that it was done.');
  } finally {
    timers.forEach(clearTimeout);
    options.cancel.removeEventListener('abort', stop);
    deployment.hooks.close();
    server.close();
    await program.stop();
  }
}

function storeStackOutputs(deployment: Deployment, isComplete: boolean): void {
  const { stackOutputs, stackUrn, snapshot } = deployment;
  const stack = deployment.news.get(stackUrn);
  if (stackOutputs === undefined || stack === undefined) return;
  const outputs = isComplete ? stackOutputs : { ...stack.outputs, ...stackOutputs };
  if (JSON.stringify(outputs) === JSON.stringify(stack.outputs)) return;
  stack.outputs = outputs;
  snapshot.write();
}

function shown(outputs: PropertyMap): Record<string, unknown> {
  const text = (value: Value): Value =>
    value === UNKNOWN ? '[unknown]' : Array.isArray(value) ? value.map(text) : value;
  return Object.fromEntries(Object.entries(mask(outputs) as PropertyMap).map(([key, value]) => [key, text(value)]));
}

async function work(deployment: Deployment, verb: Verb, project: Project, env: NodeJS.ProcessEnv): Promise<void> {
  await resolvePending(deployment);
  if ((verb.refresh ?? project.refreshAlways) || verb.kind === 'refresh') {
    if (!(await refreshState(deployment, verb.kind === 'refresh'))) return;
  }
  if (verb.kind === 'up') await runProgram(deployment, project, env);
  if (verb.kind === 'destroy') await deletePhase(deployment);
}

/** Runs one verb from lock to unlock. */
export async function runVerb(options: EngineOptions, verb: Verb): Promise<EngineResult> {
  const started = Date.now();
  const reporter = new Reporter(options);
  const { signal, dispose } = interruptible(options);
  let lock: StackLock | undefined;
  let outputs: PropertyMap = {};
  try {
    if (!verb.preview) {
      const { name } = loadProject(options.projectDir);
      lock = new StackLock(new FileBackend(options.backendDir, name, options.stack).lockDirectory);
      for (const cleared of lock.acquire())
        reporter.diagnostic('warning', `A lock left by ${cleared} was cleared: that process is gone.`);
    }
    const env = { ...process.env, ...options.env };
    const { project, config, backend, crypter, state } = await openStack(options);
    for (const [key, value] of Object.entries(config.values))
      if (config.secretKeys.includes(key)) reporter.redactor.add(value);
    for (const resource of state.resources) {
      reporter.redactor.learn(resource.inputs);
      reporter.redactor.learn(resource.outputs);
    }
    const save = (now: StackState): void =>
      backend.write(encodeDeployment(now, crypter.salt, (json) => ({ ciphertext: crypter.encrypt(json) })));
    const snapshot = new Snapshot(state.resources, state.pending, verb.preview ? undefined : save);
    const registry = new ProviderRegistry({ env, root: project.root, redactor: reporter.redactor, config }, () =>
      snapshot.resources(),
    );
    const parallel = options.parallel ?? Math.max(LEAST_PARALLEL, 4 * availableParallelism());
    const deployment = new Deployment({
      project: project.name,
      stack: options.stack,
      root: project.root,
      preview: verb.preview,
      parallel,
      config,
      reporter,
      snapshot,
      registry,
      cancel: signal,
    });
    await work(deployment, verb, project, env);
    if (signal.aborted) reporter.error('The run was cancelled before it was finished.');
    storeStackOutputs(deployment, !reporter.hasFailed);
    outputs = deployment.stackOutputs ?? stackOutputsOf(snapshot.resources());
  } catch (error) {
    reporter.error(messageOf(error));
  } finally {
    lock?.release();
    dispose();
  }
  return {
    ok: !reporter.hasFailed,
    steps: reporter.steps,
    summary: reporter.summary,
    outputs: shown(outputs),
    durationSeconds: (Date.now() - started) / 1000,
  };
}

/** The exports of the program as the state has them. */
export function stackOutputsOf(resources: StackState['resources']): PropertyMap {
  return resources.find((resource) => resource.type === 'pulumi:pulumi:Stack' && !resource.delete)?.outputs ?? {};
}
