/** Progress on standard error: one line that follows the work on a terminal; elsewhere a line a phase, one for what takes longer than some seconds, and one every half minute. */
import pc from 'picocolors';

const DRAW_MS = 250;
/** Where nobody watches, a line this often says that it goes on. */
const REMIND_MS = 30_000;
/** What is waited for longer than this is said once, within twice of it. */
const WAITED_MS = 5000;

export class Progress {
  private readonly began = Date.now();
  private phase = '';
  private note = '';
  /** Whether a line has said it already. */
  private told = false;
  /** Since when that note stands, and when a line was written last. */
  private since = Date.now();
  private wrote = Date.now();
  private timer: NodeJS.Timeout | undefined;
  private shown = false;
  private readonly live: boolean;

  constructor(
    private readonly out: NodeJS.WriteStream = process.stderr,
    /** Every line also goes here (a log file). */
    private readonly log: (line: string) => void = () => undefined,
  ) {
    this.live = Boolean(out.isTTY) && process.env.CI === undefined && process.env.TERM !== 'dumb';
    this.timer = this.live ? setInterval(() => this.draw(), DRAW_MS) : setInterval(() => this.remind(), WAITED_MS);
    this.timer.unref();
  }

  /** Begins a phase; `what` says what it does. */
  begin(phase: string, what: string): void {
    this.phase = phase;
    this.note = what;
    this.told = true;
    this.line(`${pc.bold(phase)}  ${what}`, `${phase}  ${what}`);
  }

  /** What the phase waits for now. */
  waiting(note: string): void {
    if (note === this.note) return;
    this.note = note;
    this.told = false;
    this.since = Date.now();
    this.log(this.stamp(`  ${note}`));
    this.draw();
  }

  /** A line that stays on the screen. */
  say(text: string): void {
    this.line(text, text);
  }

  /** Takes the live line away. */
  stop(): void {
    clearInterval(this.timer);
    this.erase();
  }

  private line(coloured: string, plain: string): void {
    this.erase();
    this.wrote = Date.now();
    this.out.write(`${this.stamp(coloured)}\n`);
    this.log(this.stamp(plain));
    if (this.live) this.draw();
  }

  private remind(): void {
    if (this.phase === '') return;
    const now = Date.now();
    const isWait = !this.told && now - this.since >= WAITED_MS;
    if (!isWait && now - this.wrote < REMIND_MS) return;
    this.wrote = now;
    this.out.write(`${this.stamp(`  ${this.told ? 'still ' : ''}${this.phase}: ${this.note}`)}\n`);
    this.told = true;
  }

  private stamp(text: string): string {
    return `${elapsed(Date.now() - this.began).padStart(7)}  ${text}`;
  }

  private draw(): void {
    if (!this.live || !this.timer) return;
    const text = this.stamp(`${this.phase}: ${this.note}`);
    this.erase();
    this.out.write(pc.dim(text.slice(0, Math.max(20, (this.out.columns ?? 80) - 1))));
    this.shown = true;
  }

  private erase(): void {
    if (!this.shown) return;
    this.out.write('\r\x1b[2K');
    this.shown = false;
  }
}

/** A duration as people read it: `4.2s`, `3m07s`. */
export function elapsed(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
}
