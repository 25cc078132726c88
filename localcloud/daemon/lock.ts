import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readJson } from '../files';
import { describe, isAlive, type ProcessRecord } from '../processes';
import { waitFor } from '../wait';

/** The holder of a lock of another process builds for minutes at worst. */
const MAX_MS = 90 * 60_000;

function take(path: string): boolean {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, JSON.stringify(describe(process.pid)));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(own);
  }
}

/** Runs a job while no other process on this machine runs one under the same lock; the lock of a dead process counts for nothing. */
export async function withLock<T>(path: string, onWait: (pid: number) => void, job: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  await waitFor(
    () => {
      if (take(path)) return true;
      const holder = readJson<ProcessRecord>(path);
      if (holder && !isAlive(holder)) rmSync(path, { force: true });
      else if (holder && !told) {
        told = true;
        onWait(holder.pid);
      }
      return false;
    },
    { what: `The release of ${path}`, timeoutMs: MAX_MS, everyMs: 100 },
  );
  try {
    return await job();
  } finally {
    rmSync(path, { force: true });
  }
}
