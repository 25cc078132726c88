/** What a machine says of itself over SSH, with the host's key pinned. */
import { accepts, ssh, SshError, type Key } from '../ssh';

const READY_MS = 5000;

export interface Run {
  /** Exit code; absent where the command was not run to its end. */
  code?: number;
  stdout: string;
  /** The machine has the host's key and does not let the deploy key in. */
  isClosed: boolean;
}

/** Runs a command on a machine, within a bound. Never throws: what does not answer has no exit code. */
export async function runOn(host: string, key: Key, command: string, timeoutMs: number): Promise<Run> {
  if (!(await accepts(host, 22))) return { stdout: '', isClosed: false };
  return ssh({ host, ...key }, command, { readyMs: READY_MS, withinMs: READY_MS + timeoutMs }).then(
    ({ code, stdout }) => ({ code, stdout, isClosed: false }),
    (error) => ({ stdout: '', isClosed: error instanceof SshError && error.isClosed }),
  );
}

export interface Answer {
  /** What the machine takes itself for. */
  incarnation?: string;
  /** It has the host's key and does not let the deploy key in. */
  isClosed: boolean;
  /** It was asked, whatever it knows of itself. */
  isReached: boolean;
}

/** The incarnation that a machine takes itself for; nothing where none with the host's key answers. */
export async function whoAnswers(host: string, key: Key): Promise<Answer> {
  const { code, stdout, isClosed } = await runOn(host, key, 'cat /etc/fleet/host.json', READY_MS);
  const [, incarnation] = /"incarnation":\s*"([^"]+)"/.exec(stdout) ?? [];
  return { ...(incarnation ? { incarnation } : {}), isClosed, isReached: code !== undefined };
}
