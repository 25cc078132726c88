import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { CloudError } from '../errors';
import { end, signal, type ProcessRecords, type ProcessRecord } from '../processes';
import { waitFor } from '../wait';

export interface ServiceSpec {
  name: string;
  command: string;
  args: string[];
  /** The whole environment; the place for credentials. */
  env: NodeJS.ProcessEnv;
  log: string;
  /** Whether the service answers. */
  ready(): Promise<boolean>;
}

const MAX_RESTARTS = 3;
const WITHIN_MS = 60_000;

/** A program that the cloud runs: written down for a later sweep, started again when it dies, given up when it keeps dying. */
export class Service {
  private record?: ProcessRecord;
  private exited?: Promise<unknown>;
  private stopping = false;
  private deaths: number[] = [];

  constructor(
    private readonly spec: ServiceSpec,
    private readonly records: ProcessRecords,
    private readonly onGiveUp: (error: Error) => void,
    private readonly onRestart: (message: string) => void,
  ) {}

  async start(): Promise<void> {
    const { name, command, args, env, log } = this.spec;
    const output = openSync(log, 'a', 0o600);
    const child = spawn(command, args, { env, stdio: ['ignore', output, output], detached: true });
    closeSync(output);
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (error) => reject(new CloudError(`${name} did not start: ${error.message}`)));
      child.once('exit', () => reject(new CloudError(`${name} ended at once; see ${log}.`)));
    });
    // Nobody listens any more once it is up.
    failed.catch(() => undefined);
    await Promise.race([failed, new Promise((resolve) => child.once('spawn', resolve))]);
    this.record = this.records.write(name, child.pid as number);
    child.once('exit', (code, how) => this.died(how ?? `code ${code}`));
    this.exited = once(child, 'exit');
    await Promise.race([
      failed,
      waitFor(() => this.spec.ready(), { what: `The start of ${name} (see ${log})`, timeoutMs: 20_000, everyMs: 30 }),
    ]);
  }

  /** Freezes the program: connections are still accepted, by the kernel, and nothing is answered. */
  hang(): void {
    if (this.record) signal(this.record, 'SIGSTOP');
  }

  /** Brings it back from `hang` or `stop`; resolves when it answers. Nothing happens to one that runs. */
  async back(): Promise<void> {
    if (!this.stopping) return void (this.record && signal(this.record, 'SIGCONT'));
    this.stopping = false;
    await this.start();
  }

  /** Ends the program; without a grace it is killed at once. */
  async stop(graceMs?: number): Promise<void> {
    this.stopping = true;
    if (this.record) await end(this.record, graceMs);
    await this.exited;
    this.records.forget(this.spec.name);
  }

  private died(how: string): void {
    if (this.stopping) return;
    const { name } = this.spec;
    const now = Date.now();
    this.deaths = [...this.deaths.filter((at) => now - at < WITHIN_MS), now];
    if (this.deaths.length > MAX_RESTARTS)
      return this.onGiveUp(new CloudError(`${name} keeps dying (${how}); see ${this.spec.log}.`));
    this.onRestart(`${name} died (${how}) and is started again`);
    this.start().catch(this.onGiveUp);
  }
}
