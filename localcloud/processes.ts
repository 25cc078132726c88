import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeJson } from './files';
import { waitFor } from './wait';

/** A process as it is written down: a pid alone may belong to somebody else by the time it is read. */
export interface ProcessRecord {
  pid: number;
  /** Field 22 of /proc/PID/stat: ticks since boot. */
  startTime: string;
}

/** When the process started, or undefined when there is none (a zombie counts as none). */
export function startTime(pid: number): string | undefined {
  try {
    // The command name is in parentheses and may hold anything.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Describes a live process, or fails when it is gone already. */
export function describe(pid: number): ProcessRecord {
  const started = startTime(pid);
  if (started === undefined) throw new Error(`Process ${pid} ended at once.`);
  return { pid, startTime: started };
}

/** Whether the recorded process still is the one that runs under its pid. */
export function isAlive({ pid, startTime: started }: ProcessRecord): boolean {
  return startTime(pid) === started;
}

/** Sends a signal to the recorded process, and to nobody else. */
export function signal(record: ProcessRecord, name: NodeJS.Signals): void {
  if (!isAlive(record)) return;
  try {
    process.kill(record.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Ends the recorded process: politely first, by force when it does not go. */
export async function end(record: ProcessRecord, graceMs = 5_000): Promise<void> {
  signal(record, 'SIGTERM');
  // One that was stopped would not hear it.
  signal(record, 'SIGCONT');
  const gone = () => !isAlive(record);
  try {
    await waitFor(gone, { what: `The end of process ${record.pid}`, timeoutMs: graceMs });
  } catch {
    signal(record, 'SIGKILL');
    await waitFor(gone, { what: `The end of process ${record.pid}`, timeoutMs: 5_000 });
  }
}

/** Processes written down under run/, so that a later start can end what a killed one left. */
export class ProcessRecords {
  constructor(private readonly dir: string) {}

  write(name: string, pid: number): ProcessRecord {
    const record = describe(pid);
    writeJson(join(this.dir, `${name}.json`), record);
    return record;
  }

  forget(name: string): void {
    rmSync(join(this.dir, `${name}.json`), { force: true });
  }

  read(name: string): ProcessRecord | undefined {
    return readJson<ProcessRecord>(join(this.dir, `${name}.json`));
  }

  names(): string[] {
    try {
      return readdirSync(this.dir)
        .filter((file) => file.endsWith('.json'))
        .map((file) => file.slice(0, -'.json'.length));
    } catch {
      return [];
    }
  }
}
