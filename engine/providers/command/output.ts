import { Value } from '../../values';
import { Call } from '../types';

/** Collects what a command prints: apart for the state, in one for its error, by lines for the log. */
export class OutputCollector {
  private readonly parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  private readonly all: Buffer[] = [];
  private rest = '';

  constructor(
    private readonly call: Call,
    private readonly logging: Value | undefined,
  ) {}

  private isLogged(stream: 'stdout' | 'stderr'): boolean {
    return (
      this.logging === undefined ||
      this.logging === null ||
      this.logging === 'stdoutAndStderr' ||
      this.logging === stream
    );
  }

  add(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    this.parts[stream].push(chunk);
    this.all.push(chunk);
    if (!this.isLogged(stream)) return;
    const lines = (this.rest + chunk.toString('utf8')).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.call.log('info', line);
  }

  /** Logs what came after the last newline. */
  flush(): void {
    if (this.rest !== '') this.call.log('info', this.rest);
    this.rest = '';
  }

  text(stream: 'stdout' | 'stderr'): string {
    return Buffer.concat(this.parts[stream]).toString('utf8');
  }

  combined(): string {
    return Buffer.concat(this.all).toString('utf8');
  }
}
