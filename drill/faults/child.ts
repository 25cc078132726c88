/** `bin/fleet` as a person runs it: a process of its own on the drill's stack, followed by its event log. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import execa from 'execa';
import type { EngineEvent } from '../../scripts/engines/engine';
import { signalTree } from '../../localcloud/process-tree';
import { projectDir } from '../../scripts/lib/project';
import type { Stack } from '../context';
import { required } from '../../stacks/model/required';
import { environmentOf } from '../keep';
import { worksOn } from './events';

export interface FleetRun {
  /** Exit code; null when it was killed. */
  code: number | null;
  /** Standard output and error together. */
  output: string;
}

export interface FleetOptions {
  /** Run instead of the working copy's `bin/fleet`, with an environment of its own: it takes the same options after its arguments. */
  instead?: { file: string; args: string[]; env: NodeJS.ProcessEnv };
  /** Added to the environment; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
  /** Sees each engine event; `kill` ends the run and all that it started at once (kill -9), `hold` halts all of it until `go`. */
  onEvent?: (event: EngineEvent, run: { kill(): void; hold(): void; go(): void }) => void;
}

const POLL_MS = 20;
let runs = 0;

/** The environment of a person who works on the drill's stack. */
export function environment(drill: Stack): NodeJS.ProcessEnv {
  const stack = drill.stack;
  const { FLEET_DEBUG: _, ...inherited } = process.env;
  return { ...inherited, ...environmentOf(stack), NO_COLOR: '1' };
}

/** Runs a command that is none of the engine's. */
export async function fleetPlain(drill: Stack, args: string[], timeout = 120_000): Promise<FleetRun> {
  drill.workspace.log(`$ fleet ${args.join(' ')}`);
  const done = await execa(join(projectDir, 'bin/fleet'), args, {
    cwd: projectDir,
    env: environment(drill),
    extendEnv: false,
    reject: false,
    all: true,
    timeout,
  });
  drill.workspace.log(done.all ?? '');
  return { code: done.exitCode ?? null, output: done.all ?? '' };
}

/** Runs a verb on the drill's stack with the drill's engine. */
export async function fleet(
  drill: Stack,
  verb: string,
  args: string[] = [],
  options: FleetOptions = {},
): Promise<FleetRun> {
  const stack = drill.stack;
  const log = join(drill.workspace.workDir, `events-${++runs}.jsonl`);
  const command = options.instead ?? {
    file: join(projectDir, 'bin/fleet'),
    args: [verb, '--stack', stack.stack],
    env: environment(drill),
  };
  drill.workspace.log(
    `$ ${options.instead ? [command.file, ...command.args].join(' ') : `fleet ${verb}`} ${args.join(' ')}`,
  );
  // A group of its own: Ctrl-C is for the drill, which then ends this one itself.
  const child = spawn(command.file, [...command.args, '--engine', drill.engine.name, '--event-log', log, ...args], {
    cwd: options.instead ? dirname(command.file) : projectDir,
    env: { ...command.env, ...options.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output += data.toString();
      for (const line of data.toString().split('\n').filter(Boolean)) drill.workspace.log(`  | ${line}`);
    });
  }
  let ended = false;
  const end = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code));
  }).finally(() => (ended = true));
  const pid = child.pid;
  const all = (signal: NodeJS.Signals) => () => signalTree(required(pid, 'the process'), signal);
  const run = { kill: all('SIGKILL'), hold: all('SIGSTOP'), go: all('SIGCONT') };
  void drill.ends.hold(end).catch(() => undefined);
  drill.signal.addEventListener('abort', run.kill, { once: true });
  try {
    const reader = new LineReader(log);
    for (let last = false; ; last = ended) {
      for (const line of reader.lines()) options.onEvent?.(JSON.parse(line) as EngineEvent, run);
      // Once more after the end, for what was written last.
      if (last) break;
      await Promise.race([end, sleep(POLL_MS)]);
    }
    return { code: await end, output };
  } finally {
    drill.signal.removeEventListener('abort', run.kill);
  }
}

/** Runs an update in which something is done once, when the engine begins or ends a step of this name; waits for it, and says whether it was. */
export async function upMeanwhile(
  drill: Stack,
  [kind, ...names]: ['step-start' | 'step-done', ...string[]],
  act: (run: Parameters<NonNullable<FleetOptions['onEvent']>>[1]) => unknown,
  options: Omit<FleetOptions, 'onEvent'> = {},
): Promise<FleetRun & { met: boolean }> {
  let met: Promise<unknown> | undefined;
  const onEvent: FleetOptions['onEvent'] = (event, run) => {
    if (met || !worksOn(event, kind, ...names)) return;
    met = (async () => act(run))();
    met.catch(() => undefined);
  };
  const run = await fleet(drill, 'up', ['--refresh'], { ...options, onEvent });
  await met;
  return { ...run, met: met !== undefined };
}

/** Whole lines that came since the last look. */
class LineReader {
  private at = 0;
  private rest = '';

  constructor(private readonly file: string) {}

  lines(): string[] {
    if (!existsSync(this.file)) return [];
    const size = statSync(this.file).size;
    if (size <= this.at) return [];
    const data = Buffer.alloc(size - this.at);
    const descriptor = openSync(this.file, 'r');
    this.at += readSync(descriptor, data, 0, data.length, this.at);
    closeSync(descriptor);
    const lines = (this.rest + data.toString('utf8')).split('\n');
    this.rest = lines.pop() ?? '';
    return lines.filter(Boolean);
  }
}
