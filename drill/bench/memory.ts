/** Runs a program and watches how much memory it and everything it starts take. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

const EVERY_MS = 20;

export interface Watched {
  code: number;
  stdout: string;
  stderr: string;
  /** Sum of the largest resident sizes that its processes reached, in MiB. */
  mebibytes: number;
}

/** Runs it to its end. Each process counts with its own peak, which the kernel keeps; one that ends between two looks counts as last seen. */
export function runAndWatch(
  program: string,
  args: string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<Watched> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    const peaks = new Map<number, number>();
    const look = () => {
      for (const pid of child.pid === undefined ? [] : treeOf(child.pid))
        peaks.set(pid, Math.max(peaks.get(pid) ?? 0, peakOf(pid)));
    };
    const timer = setInterval(look, EVERY_MS);
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (data: Buffer) => (said.stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (said.stderr += data.toString()));
    child.on('error', (error) => {
      clearInterval(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearInterval(timer);
      resolve({ code: code ?? 1, ...said, mebibytes: [...peaks.values()].reduce((sum, kib) => sum + kib, 0) / 1024 });
    });
  });
}

function treeOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
    return [pid, ...children.flatMap(treeOf)];
  } catch {
    return [];
  }
}

/** KiB; 0 for a process that is gone. */
function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
