/** What this machine can do, and what it is (for reports). */
import { readFileSync } from 'node:fs';
import { cpus, hostname, release, totalmem } from 'node:os';
import { EXIT, UserError } from './errors';

/** The embedded cloud boots real hosts: it needs root on Linux. */
export function requireRootOnLinux(what: string): void {
  const problem = process.platform !== 'linux' ? 'Linux' : process.getuid?.() !== 0 ? 'root' : undefined;
  if (!problem) return;
  throw new UserError(
    `${what} needs root on Linux, and ${problem === 'Linux' ? `this is ${process.platform}` : 'this user is not root'}; still running here: fleet preview with the official CLI, and the unit tests (npx jest).`,
    undefined,
    EXIT.unavailable,
  );
}

export interface Machine {
  hostname: string;
  cpus: number;
  cpuModel: string;
  memoryMiB: number;
  system: string;
  node: string;
}

/** Describes this machine for a report. */
export function machine(): Machine {
  return {
    hostname: hostname(),
    cpus: cpus().length,
    cpuModel: cpus()[0]?.model ?? 'unknown',
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    system: `${prettyName()} (kernel ${release()})`,
    node: process.version,
  };
}

function prettyName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}
