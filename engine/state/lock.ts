import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../errors';

interface Holder {
  pid: number;
  username: string;
  hostname: string;
  timestamp: string;
}

/** When a process started, or nothing where there is no such process. Linux only. */
export function processStart(pid: number): Date | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The command name may hold spaces and brackets; the fields begin after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const boot = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
  const TICKS_PER_SECOND = 100;
  return new Date((boot + Number(fields[19]) / TICKS_PER_SECOND) * 1000);
}

/** Whether the process that wrote the lock cannot exist any more. A doubt keeps the lock. */
export function isProvablyGone(holder: Holder): boolean {
  if (holder.hostname !== hostname() || !Number.isInteger(holder.pid)) return false;
  const taken = Date.parse(holder.timestamp);
  if (Number.isNaN(taken)) return false;
  const started = processStart(holder.pid);
  // Boot time is known to the second only, so a start must be clearly later to prove another process.
  return started === undefined || started.getTime() > taken + 2000;
}

/** The lock of a stack, by the protocol of the official CLI. */
export class StackLock {
  private readonly file: string;

  constructor(private readonly directory: string) {
    this.file = join(directory, `${randomUUID()}.json`);
  }

  /** Takes the lock, or says who holds it. Returns the stale locks that were cleared. */
  acquire(): string[] {
    mkdirSync(this.directory, { recursive: true });
    const cleared = this.refuseForeign();
    const holder: Holder = {
      pid: process.pid,
      username: userInfo().username,
      hostname: hostname(),
      timestamp: new Date().toISOString(),
    };
    writeFileSync(this.file, JSON.stringify(holder), { mode: 0o600 });
    try {
      // A second look, because another one may have written its lock between the first and ours.
      this.refuseForeign();
    } catch (error) {
      this.release();
      throw error;
    }
    return cleared;
  }

  /** Gives the lock back; harmless when it is not held. */
  release(): void {
    rmSync(this.file, { force: true });
  }

  private refuseForeign(): string[] {
    const cleared: string[] = [];
    for (const name of readdirSync(this.directory)) {
      const path = join(this.directory, name);
      if (path === this.file || name.endsWith('.attrs')) continue;
      const holder = this.parse(path);
      if (holder === 'gone') continue;
      if (holder !== undefined && isProvablyGone(holder)) {
        rmSync(path, { force: true });
        rmSync(`${path}.attrs`, { force: true });
        cleared.push(`process ${holder.pid} of ${holder.timestamp}`);
        continue;
      }
      const who =
        holder === undefined
          ? 'an unreadable lock'
          : `${holder.username}@${holder.hostname}, process ${holder.pid}, since ${holder.timestamp}`;
      throw new EngineError(`The stack is locked by ${who}. If nothing is running there, remove ${path}.`);
    }
    return cleared;
  }

  private parse(path: string): Holder | 'gone' | undefined {
    try {
      const parsed = JSON.parse(readFileSync(path, 'utf8'));
      return typeof parsed === 'object' && parsed !== null ? (parsed as Holder) : undefined;
    } catch {
      return existsSync(path) ? undefined : 'gone';
    }
  }
}
