/** Watches for the length of a drill how much of this machine is the drill's. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { allProcesses, machineTicks, OwnProcesses } from './cpu-time';
import { work } from './reference';
import { shareBetween, type Sample, type Share } from './share';

const EVERY_MS = 2000;
/** The kernel's threads are below this process. */
const KERNEL = 2;

export class MachineMeter {
  private readonly samples: Sample[] = [];
  private readonly own = new OwnProcesses([process.pid, KERNEL]);
  private readonly timer: NodeJS.Timeout;

  constructor() {
    this.look();
    this.timer = setInterval(() => this.look(), EVERY_MS);
    this.timer.unref();
  }

  /** What the drill had between two moments, the newest included. */
  between(from: number, to: number): Share {
    this.look();
    return shareBetween(this.samples, from, to, cpus().length);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const at = Date.now();
    const workMs = work();
    this.samples.push({
      at,
      ...machineTicks(readFileSync('/proc/stat', 'utf8')),
      own: this.own.ticks(allProcesses()),
      workMs,
    });
  }
}
