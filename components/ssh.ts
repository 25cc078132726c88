/** One command on a host over SSH, with the host's key pinned. */
import { connect } from 'node:net';
import { Client, utils } from 'ssh2';

/** The deploy key, and the one host key that is accepted. */
export interface Key {
  /** OpenSSH private key text. */
  privateKey: string;
  /** OpenSSH public line. */
  hostKey: string;
}

export interface SshTarget extends Key {
  host: string;
}

export interface SshResult {
  /** Exit code; absent where the command was not run to its end. */
  code?: number;
  stdout: string;
  stderr: string;
}

export interface SshOptions {
  stdin?: string;
  /** Sees standard error and output as they come. */
  onLine?: (line: string) => void;
  /** Milliseconds until a connection attempt is given up. */
  readyMs?: number;
  /** Milliseconds for everything; without it a command may take as long as it likes. */
  withinMs?: number;
}

export class SshError extends Error {
  constructor(
    message: string,
    /** The machine has the host's key and does not let the deploy key in. */
    readonly isClosed = false,
  ) {
    super(message);
  }
}

const DIAL_MS = 1500;

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

/** Runs a command as root. Throws where it was not begun; a host that shows another key is refused. */
export async function ssh(
  { host, privateKey, hostKey }: SshTarget,
  command: string,
  { stdin = '', onLine, readyMs = 10_000, withinMs }: SshOptions = {},
): Promise<SshResult> {
  const pinned = utils.parseKey(hostKey);
  if (pinned instanceof Error)
    throw new SshError('The pinned host key is not an OpenSSH public key; run fleet init for the stack.');
  const client = new Client();
  const timer = withinMs && setTimeout(() => client.destroy(), withinMs);
  let isOurs: boolean | undefined;
  try {
    return await new Promise<SshResult>((resolve, reject) => {
      const result: SshResult = { stdout: '', stderr: '' };
      client
        .on('error', ({ message, level }) =>
          reject(
            isOurs === false
              ? new SshError(
                  `${host} shows another SSH host key than the pinned one; nothing was sent to it. Find out which machine answers there before anything else.`,
                )
              : new SshError(`SSH to ${host} failed: ${message}.`, level === 'client-authentication'),
          ),
        )
        .on('close', () => resolve(result))
        .on('ready', () =>
          client.exec(command, (error, stream) => {
            if (error) return reject(error);
            const collect = (output: 'stdout' | 'stderr') => {
              const watch = lineWatcher(onLine);
              return (data: Buffer) => {
                result[output] += data.toString();
                watch(data);
              };
            };
            stream.on('data', collect('stdout')).stderr.on('data', collect('stderr'));
            stream.on('exit', (code: number | null) => (result.code = code ?? undefined));
            stream.on('close', () => resolve(result));
            stream.end(stdin);
          }),
        )
        .connect({
          host,
          username: 'root',
          privateKey,
          readyTimeout: readyMs,
          keepaliveInterval: 5000,
          algorithms: { serverHostKey: [pinned.type] },
          hostVerifier: (key: Buffer) => (isOurs = key.equals(pinned.getPublicSSH())),
        });
    });
  } finally {
    clearTimeout(timer);
    client.destroy();
  }
}

function lineWatcher(onLine: ((line: string) => void) | undefined): (data: Buffer) => void {
  let rest = '';
  return (data) => {
    if (!onLine) return;
    const lines = (rest + data.toString()).split('\n');
    rest = lines.pop() ?? '';
    lines.filter(Boolean).forEach(onLine);
  };
}
