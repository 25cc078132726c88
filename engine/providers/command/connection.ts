import { utils } from 'ssh2';
import { EngineError, messageOf } from '../../errors';
import { isRehearsalHost, requireRehearsalHost } from '../../endpoints';
import {
  containsUnknown,
  isObject,
  isSecret,
  PropertyMap,
  secret,
  UNKNOWN,
  unwrap,
  unwrapAll,
  Value,
} from '../../values';
import { CheckFailure } from '../types';

/** How a host is reached, complete with defaults. */
export interface Connection {
  host: string;
  user: string;
  port: number;
  dialErrorLimit: number;
  perDialTimeout: number;
  password?: string;
  privateKey?: string;
  privateKeyPassword?: string;
  agentSocketPath?: string;
  hostKey?: string;
}

const DEFAULTS: PropertyMap = { user: 'root', port: 22, dialErrorLimit: 10, perDialTimeout: 15 };
const SECRETS = ['password', 'privateKey', 'privateKeyPassword'];
const NUMBERS = ['port', 'dialErrorLimit', 'perDialTimeout'];
const TEXTS = ['host', 'user', 'agentSocketPath', 'hostKey', ...SECRETS];

/**
 * Completes a connection as the official provider's check does. A failure names the field and
 * never a value: a misspelt field may well hold the private key.
 */
export function completeConnection(value: Value, failures: CheckFailure[]): Value {
  const bare = isSecret(value) ? unwrapTop(value) : value;
  if (bare === UNKNOWN) return secret(UNKNOWN);
  if (!isObject(bare)) return value;
  const fail = (reason: string): void => void failures.push({ property: 'connection', reason });
  const complete: PropertyMap = { ...DEFAULTS };
  for (const [field, raw] of Object.entries(bare)) {
    if (raw === null) continue;
    const plain = unwrap(raw);
    if (field === 'proxy') fail("has 'proxy', which the embedded engine does not implement");
    else if (TEXTS.includes(field) && typeof plain !== 'string') fail(`has a '${field}' that is not a text`);
    else if (NUMBERS.includes(field) && plain !== UNKNOWN && typeof plain !== 'number')
      fail(`has a '${field}' that is not a number`);
    else if (!TEXTS.includes(field) && !NUMBERS.includes(field)) fail(`has an unknown field '${field}'`);
    else complete[field] = SECRETS.includes(field) ? secret(plain) : plain;
  }
  const { host } = complete;
  if (host === undefined) fail("lacks 'host'");
  else if (typeof host === 'string' && !containsUnknown(host) && !isRehearsalHost(host)) {
    fail(
      `names the host ${host}, which is neither loopback nor the embedded cloud: the embedded engine only rehearses, use the official Pulumi CLI`,
    );
  }
  return secret(complete);
}

function unwrapTop(value: { value: Value }): Value {
  return isSecret(value.value) ? unwrapTop(value.value) : value.value;
}

/** The connection of a checked resource. */
export function connectionOf(inputs: PropertyMap): Connection {
  const connection = unwrapAll(inputs).connection as unknown as Connection;
  requireRehearsalHost(connection.host);
  return connection;
}

/** The key that the host must have, with its algorithm; other keys are not even offered. */
export function parseHostKey(text: string): { algorithms: string[]; key: Buffer } {
  let parsed: ReturnType<typeof utils.parseKey>;
  try {
    parsed = utils.parseKey(text);
  } catch (error) {
    throw new EngineError(`failed to parse host key: ${messageOf(error)}`);
  }
  const single = Array.isArray(parsed) ? parsed[0] : parsed;
  if (single instanceof Error) throw new EngineError('failed to parse host key: it is not an SSH public key.');
  const key = single.getPublicSSH();
  const algorithms = single.type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [single.type];
  return { algorithms, key };
}
