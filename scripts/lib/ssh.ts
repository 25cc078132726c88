/** One command on a host over SSH, with the host's key pinned. */
import { Client, utils } from 'ssh2';
import { UserError } from './errors';

export interface SshTarget {
  host: string;
  port?: number;
  user?: string;
  /** OpenSSH private key text. */
  privateKey: string;
  /** OpenSSH public line of the only host key that is accepted. */
  hostKey: string;
  /** Milliseconds until a connection attempt is given up. */
  timeout?: number;
}

export interface SshResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command; `onLine` sees standard error and output as they come. A host that shows another key is refused. */
export function ssh(
  target: SshTarget,
  command: string,
  options: { stdin?: string; onLine?: (line: string) => void } = {},
): Promise<SshResult> {
  const pinned = utils.parseKey(target.hostKey);
  if (pinned instanceof Error)
    throw new UserError('The pinned host key is not an OpenSSH public key.', 'Run fleet init for the stack.');
  const expected = pinned.getPublicSSH();
  return new Promise((resolve, reject) => {
    const client = new Client();
    let refused = false;
    client.on('error', (error) => {
      reject(
        refused
          ? new UserError(
              `${target.host} shows another SSH host key than the pinned one; nothing was sent to it.`,
              'Find out which machine answers there before anything else.',
            )
          : new UserError(`SSH to ${target.host} failed: ${error.message}.`),
      );
    });
    client.on('ready', () => {
      client.exec(command, (error, stream) => {
        if (error) return reject(error);
        const result: SshResult = { code: -1, stdout: '', stderr: '' };
        const watch = lineWatcher(options.onLine);
        stream.on('data', (data: Buffer) => {
          result.stdout += data.toString();
          watch(data);
        });
        stream.stderr.on('data', (data: Buffer) => {
          result.stderr += data.toString();
          watch(data);
        });
        stream.on('exit', (code: number | null) => (result.code = code ?? 255));
        stream.on('close', () => {
          client.end();
          resolve(result);
        });
        stream.end(options.stdin ?? '');
      });
    });
    client.connect({
      host: target.host,
      port: target.port ?? 22,
      username: target.user ?? 'root',
      privateKey: target.privateKey,
      readyTimeout: target.timeout ?? 10_000,
      keepaliveInterval: 5000,
      algorithms: { serverHostKey: [pinned.type] },
      hostVerifier: (key: Buffer) => {
        refused = !key.equals(expected);
        return !refused;
      },
    });
  });
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
