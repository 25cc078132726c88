import { isIP } from 'node:net';
import { EngineError } from './errors';

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** The address ranges of the embedded cloud (documentation ranges: nobody's production). */
const EMBEDDED = [
  { base: toNumber('198.18.255.0'), size: 4 },
  { base: toNumber('198.18.0.0'), size: 256 },
];

/** Whether the host is this machine or the embedded cloud. A name other than localhost never is. */
export function isRehearsalHost(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === 'localhost' || bare === '::1') return true;
  if (isIP(bare) !== 4) return false;
  if (bare.startsWith('127.')) return true;
  const number = toNumber(bare);
  return EMBEDDED.some(({ base, size }) => number >= base && number < base + size);
}

/** Refuses an API endpoint that could be a real one, and a missing one, whose default would be. */
export function requireRehearsalUrl(url: string | undefined, variable: string): URL {
  if (url === undefined || url === '') {
    throw new EngineError(
      `The embedded engine only rehearses: set ${variable} to the embedded cloud, or use the official Pulumi CLI.`,
    );
  }
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new EngineError(`${variable} is not a URL.`);
  }
  if (!isRehearsalHost(parsed.hostname)) {
    throw new EngineError(
      `The embedded engine only rehearses and refuses ${variable}=${parsed.origin}, which is neither loopback nor the embedded cloud; use the official Pulumi CLI for it.`,
    );
  }
  return parsed;
}

/** Refuses a remote host that could be a real one. */
export function requireRehearsalHost(host: string): void {
  if (isRehearsalHost(host)) return;
  throw new EngineError(
    `The embedded engine only rehearses and refuses to connect to ${host}, which is neither loopback nor the embedded cloud; use the official Pulumi CLI for it.`,
  );
}
