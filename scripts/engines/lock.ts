/**
 * The lock that a killed run leaves in a `file://` backend. It is cleared only when its holder is provably gone:
 * made on this machine, and its process has ended (or the pid belongs to a process that started after the lock).
 */
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../lib/errors';
import { hasEnded } from '../../components/process';

const lockSchema = z.object({
  pid: z.number().int(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.string(),
});

/** Clears dead locks of a stack and returns what was cleared, in words; a lock whose holder may live is an error. */
export function clearDeadLocks(backendDir: string, project: string, stack: string): string[] {
  const dir = join(backendDir, '.pulumi', 'locks', 'organization', project, stack);
  const cleared: string[] = [];
  for (const name of lockFiles(dir)) {
    const file = join(dir, name);
    const lock = readLock(file);
    if (!holderIsGone(lock)) {
      throw new UserError(
        `Stack ${stack} is locked by ${lock ? `process ${lock.pid} of ${lock.username}@${lock.hostname} since ${lock.timestamp}` : 'an unreadable lock'}.`,
        `Wait for that run. If you are certain that it is dead, remove ${file}.`,
      );
    }
    rmSync(file, { force: true });
    rmSync(`${file}.attrs`, { force: true });
    cleared.push(`cleared the lock of process ${lock?.pid}, which is gone`);
  }
  return cleared;
}

function lockFiles(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => !name.endsWith('.attrs'));
  } catch {
    return [];
  }
}

type Lock = z.infer<typeof lockSchema>;

function readLock(file: string): Lock | undefined {
  try {
    return lockSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

const holderIsGone = (lock: Lock | undefined): boolean =>
  lock !== undefined && lock.hostname === hostname() && hasEnded(lock.pid, lock.timestamp);
