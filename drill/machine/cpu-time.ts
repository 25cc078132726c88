/** CPU time of this machine as the kernel counts it: all of it, and what a drill and its hosts used. Ticks of a hundredth of a second. */
import { readFileSync, readdirSync } from 'node:fs';

export interface CpuTicks {
  total: number;
  /** Used by programs, or by the hypervisor for other machines. */
  used: number;
}

/** Reads the first line of /proc/stat. Time in interrupts belongs to nobody: the kernel does not say whose it was. */
export function machineTicks(stat: string): CpuTicks {
  const [, ...ticks] = stat.replace(/\n.*/s, '').trim().split(/\s+/).map(Number);
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = ticks;
  return { total: user + nice + system + idle + iowait + irq + softirq + steal, used: user + nice + system + steal };
}

export interface ProcessTicks {
  pid: number;
  parent: number;
  /** When it started: a pid is used again. */
  started: string;
  /** Its own, and that of children it has waited for. */
  ticks: number;
}

/** Reads one /proc/PID/stat. */
export function processTicks(pid: number, stat: string): ProcessTicks {
  // The command name in parentheses may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    parent: Number(fields[1]),
    started: fields[19] ?? '',
    ticks: fields.slice(11, 15).reduce((sum, value) => sum + Number(value), 0),
  };
}

/** Every process that can be seen, those of other namespaces below this one included. */
export function allProcesses(): ProcessTicks[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return [processTicks(Number(name), readFileSync(`/proc/${name}/stat`, 'utf8'))];
    } catch {
      // It has ended since the folder was read.
      return [];
    }
  });
}

/** What works for a drill: everything below it, and the kernel's own threads, which write for it. */
export class OwnProcesses {
  private known = new Set<string>();

  constructor(private readonly roots: number[]) {}

  /** Ticks of all of them together. One that was ours once stays ours, whoever became its parent. */
  ticks(processes: ProcessTicks[]): number {
    const byPid = new Map(processes.map((one) => [one.pid, one]));
    const key = ({ pid, started }: ProcessTicks) => `${pid} ${started}`;
    const ours = new Map<number, boolean>();
    const isOurs = (pid: number): boolean => {
      const decided = ours.get(pid);
      if (decided !== undefined) return decided;
      const one = byPid.get(pid);
      ours.set(pid, false);
      const answer =
        this.roots.includes(pid) || (one !== undefined && (this.known.has(key(one)) || isOurs(one.parent)));
      ours.set(pid, answer);
      return answer;
    };
    const own = processes.filter(({ pid }) => isOurs(pid));
    this.known = new Set(own.map(key));
    return own.reduce((sum, { ticks }) => sum + ticks, 0);
  }
}
