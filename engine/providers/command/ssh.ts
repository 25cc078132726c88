import { Client, ClientChannel, ConnectConfig, SFTPWrapper } from 'ssh2';
import { CancelledError, EngineError, messageOf } from '../../errors';
import { pause } from '../http';
import { Call } from '../types';
import { Connection, parseHostKey } from './connection';

const FIRST_DELAY = 100;
const BACKOFF = 1.5;
const MAX_DELAY = 5000;
/** A wrong host key may pass while a host boots, but not for long. */
const MAX_MISMATCHES = 8;

function configOf(connection: Connection): ConnectConfig {
  const config: ConnectConfig = {
    host: connection.host,
    port: connection.port,
    username: connection.user,
    readyTimeout: connection.perDialTimeout * 1000,
    password: connection.password,
    tryKeyboard: connection.password !== undefined,
    agent: connection.agentSocketPath ?? process.env.SSH_AUTH_SOCK,
    privateKey: connection.privateKey,
    passphrase: connection.privateKeyPassword,
    keepaliveInterval: 15_000,
    keepaliveCountMax: 4,
  };
  if (connection.hostKey !== undefined) {
    const { algorithms, key } = parseHostKey(connection.hostKey);
    config.algorithms = { serverHostKey: algorithms as NonNullable<ConnectConfig['algorithms']>['serverHostKey'] };
    config.hostVerifier = (offered: Buffer) => offered.equals(key);
  }
  return config;
}

const isMismatch = (error: unknown): boolean => /Host denied|no matching host key/i.test(messageOf(error));

function explain(error: unknown, connection: Connection): string {
  const text = messageOf(error);
  if (isMismatch(error)) return `the host key of ${connection.host} is not the expected one`;
  if (/All configured authentication methods failed/.test(text))
    return `${connection.user}@${connection.host} refused the key or password`;
  // Keys are parsed inside the client, and its complaints may quote what it was given.
  if (/parse|privateKey|passphrase/i.test(text)) return 'the private key cannot be used (wrong format or password)';
  return text;
}

function dialOnce(connection: Connection, signal: AbortSignal): Promise<Client> {
  return new Promise((resolve, reject) => {
    const client = new Client();
    const stop = (): void => {
      client.destroy();
      reject(new CancelledError());
    };
    const settle = (act: () => void): void => {
      signal.removeEventListener('abort', stop);
      act();
    };
    signal.addEventListener('abort', stop, { once: true });
    client.on('ready', () => settle(() => resolve(client)));
    client.on('error', (error) => settle(() => reject(error)));
    client.on('close', () => settle(() => reject(new Error('the connection was closed'))));
    client.on('keyboard-interactive', (_name, _text, _language, prompts, finish) =>
      finish(prompts.map(() => connection.password ?? '')),
    );
    try {
      client.connect(configOf(connection));
    } catch (error) {
      settle(() => reject(error));
    }
  });
}

/** Connects, and keeps trying as often as the connection allows: a new host takes a while. */
export async function dial(call: Call, connection: Connection): Promise<Client> {
  if (connection.hostKey !== undefined) parseHostKey(connection.hostKey);
  const limit = connection.dialErrorLimit;
  for (let failures = 0, mismatches = 0, delay = FIRST_DELAY; ;) {
    try {
      return await dialOnce(connection, call.signal);
    } catch (error) {
      if (call.signal.aborted)
        throw call.signal.reason instanceof EngineError ? call.signal.reason : new CancelledError();
      failures++;
      mismatches = isMismatch(error) ? mismatches + 1 : 0;
      if ((limit >= 0 && failures > limit) || mismatches >= MAX_MISMATCHES)
        throw new EngineError(
          `after ${failures - 1} failed attempts: ${connection.host}:${connection.port}: ${explain(error, connection)}`,
        );
      call.log('info', `Dial ${failures}/${limit < 0 ? 'inf' : limit} failed: retrying`);
    }
    await pause(delay, call.signal);
    delay = Math.min(delay * BACKOFF, MAX_DELAY);
  }
}

/** Runs something over a connection and closes it in every case. */
export async function withClient<T>(
  call: Call,
  connection: Connection,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await dial(call, connection);
  const stop = (): void => void client.destroy();
  call.signal.addEventListener('abort', stop, { once: true });
  // The promise of the work does not see a connection that dies in between.
  const lost = new Promise<never>((_, reject) => {
    client.on('error', (error) =>
      reject(new EngineError(`the connection to ${connection.host} was lost: ${messageOf(error)}`)),
    );
    client.on('close', () => reject(new EngineError(`the connection to ${connection.host} was lost`)));
  });
  lost.catch(() => undefined);
  try {
    return await Promise.race([use(client), lost]);
  } catch (error) {
    if (call.signal.aborted)
      throw call.signal.reason instanceof EngineError ? call.signal.reason : new CancelledError();
    throw error;
  } finally {
    call.signal.removeEventListener('abort', stop);
    client.end();
  }
}

/** Opens the channel of one command. */
export function openCommand(client: Client, text: string, env: Record<string, string>): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(text, { env }, (error, channel) =>
      error === undefined || error === null ? resolve(channel) : reject(error),
    );
  });
}

/** Opens the file transfer subsystem. */
export function openSftp(client: Client): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    client.sftp((error, sftp) => (error === undefined || error === null ? resolve(sftp) : reject(error)));
  });
}
