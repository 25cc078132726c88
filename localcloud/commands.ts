import execa from 'execa';
import { CloudError } from './errors';

export interface CommandOptions {
  /** Text for standard input; the place for anything secret. */
  input?: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  timeoutMs?: number;
}

/** Runs a program to its end and returns what it printed; its failure is one sentence with the last lines that it wrote. */
export async function run(program: string, args: string[], { input, cwd, env, timeoutMs }: CommandOptions = {}): Promise<string> {
  const result = await execa(program, args, { ...(input === undefined ? { stdin: 'ignore' as const } : { input }), cwd, env, timeout: timeoutMs ?? 60_000, reject: false, killSignal: 'SIGKILL' });
  if (!result.failed) return result.stdout;
  if ((result as { code?: string }).code === 'ENOENT') throw new CloudError(`${program} is missing; install it and start again.`);
  const said = `${result.stderr}\n${result.stdout}`.trim().split('\n').slice(-4).join(' | ');
  const why = said || (result as { originalMessage?: string }).originalMessage || `exit code ${result.exitCode}`;
  throw new CloudError(`${program} ${args[0] ?? ''} ${result.timedOut ? 'took too long' : 'failed'}: ${why}`);
}

/** Whether a program is on the PATH. */
export async function exists(program: string): Promise<boolean> {
  return !(await execa('sh', ['-c', `command -v "$1"`, 'sh', program], { reject: false })).failed;
}
