/** What a machine says of itself over SSH, with the host's key pinned. */
import { connect } from 'node:net';
import { Client, utils } from 'ssh2';

/** The deploy key, and the one host key that is believed. */
export interface Key {
  privateKey: string;
  /** OpenSSH public line. */
  hostKey: string;
}

const DIAL_MS = 1500;
const READY_MS = 5000;

/** Whether anything takes connections at an address. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: DIAL_MS });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .on('connect', () => finish(true))
      .on('error', () => finish(false))
      .on('timeout', () => finish(false));
  });
}

export interface Run {
  /** Exit code; absent where the command was not run to its end. */
  code?: number;
  stdout: string;
  /** The machine has the host's key and does not let the deploy key in. */
  isClosed: boolean;
}

/** Runs a command on a machine, within a bound. Never throws: what does not answer has no exit code. */
export async function runOn(
  host: string,
  { privateKey, hostKey }: Key,
  command: string,
  timeoutMs: number,
): Promise<Run> {
  const pinned = utils.parseKey(hostKey);
  if (pinned instanceof Error || !(await accepts(host, 22))) return { stdout: '', isClosed: false };
  return new Promise((resolve) => {
    const connection = new Client();
    const run: Run = { stdout: '', isClosed: false };
    let isOurs = false;
    const finish = () => {
      clearTimeout(timer);
      connection.destroy();
      resolve(run);
    };
    const timer = setTimeout(finish, READY_MS + timeoutMs);
    connection
      .on('error', ({ level }: Error & { level?: string }) => {
        run.isClosed = isOurs && level === 'client-authentication';
        finish();
      })
      .on('ready', () =>
        connection.exec(command, (error, channel) => {
          if (error) return finish();
          channel.on('data', (data: Buffer) => (run.stdout += data.toString())).stderr.resume();
          channel.on('exit', (code: number | null) => (run.code = code ?? undefined));
          channel.on('close', finish);
        }),
      )
      .connect({
        host,
        username: 'root',
        privateKey,
        readyTimeout: READY_MS,
        hostVerifier: (key: Buffer) => (isOurs = key.equals(pinned.getPublicSSH())),
      });
  });
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
