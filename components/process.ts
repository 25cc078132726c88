/** Whether the process that wrote a pid somewhere is still that process. */
import { readFileSync } from 'node:fs';

/** Start time of a process in clock ticks since boot; undefined when there is no such process (a zombie counts as gone). */
export function startTicks(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name in parentheses may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Slack between the clock of /proc and a timestamp, in milliseconds. */
const CLOCK_SLACK_MS = 2000;

/** Whether the process that had this pid at a moment (RFC 3339) has ended. A doubt says no: where the time of the boot cannot be read, and at another moment than a date. */
export function hasEnded(pid: number, at: string): boolean {
  const ticks = startTicks(pid);
  if (ticks === undefined) return true;
  const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'));
  // USER_HZ is 100 on every architecture Node runs on.
  return (Number(boot?.[1]) + Number(ticks) / 100) * 1000 > Date.parse(at) + CLOCK_SLACK_MS;
}
