import execa from 'execa';
import { CloudError } from './errors';
import { endsWithThisProcess, interruption } from './interruption';
import { endTree } from './process-tree';

export interface CommandOptions {
  /** Text for standard input; the place for anything secret. */
  input?: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs?: number;
}

/** Runs a program to its end and returns what it printed; its failure is one sentence with the last lines that it wrote. */
export async function run(program: string, args: string[], options: CommandOptions = {}): Promise<string> {
  const { result, ended } = await follow(program, args, options);
  if (!result.failed && !ended) return result.stdout;
  if ((result as { code?: string }).code === 'ENOENT')
    throw new CloudError(`${program} is missing; install it and start again.`);
  const said = `${result.stderr}\n${result.stdout}`.trim().split('\n').slice(-4).join(' | ');
  const why = said || (result as { originalMessage?: string }).originalMessage || `exit code ${result.exitCode}`;
  throw new CloudError(`${program} ${args[0] ?? ''} ${ended ?? 'failed'}: ${why}`);
}

/** Runs a program until it ends, or is ended with all that it started: after its time, or where its run is interrupted. */
async function follow(program: string, args: string[], { input, cwd, env, timeoutMs = 60_000 }: CommandOptions) {
  const signal = interruption();
  if (signal?.aborted) throw new CloudError(`${program} was not begun: interrupted.`);
  // What can be interrupted is in a group of its own: Ctrl-C is for this process, which ends it in order.
  const child = execa(program, args, {
    ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    cwd,
    env,
    reject: false,
    detached: signal !== undefined,
  });
  let ended: string | undefined;
  let ending: Promise<void> | undefined;
  const end = (why: string) => {
    ended ??= why;
    // Whoever still holds its output, out of sight, is not waited for.
    const letGo = () => [child.stdout, child.stderr].forEach((stream) => stream?.destroy());
    if (child.pid !== undefined) ending ??= endTree(child.pid).finally(letGo);
  };
  const interrupt = () => end('was interrupted');
  const timer = setTimeout(() => end('took too long'), timeoutMs);
  signal?.addEventListener('abort', interrupt, { once: true });
  const forget = signal && child.pid !== undefined ? endsWithThisProcess(child.pid) : undefined;
  try {
    const result = await child;
    await ending;
    return { result, ended };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
    forget?.();
  }
}

/** Whether a program is on the PATH. */
export async function exists(program: string): Promise<boolean> {
  return !(await execa('sh', ['-c', `command -v "$1"`, 'sh', program], { reject: false })).failed;
}
