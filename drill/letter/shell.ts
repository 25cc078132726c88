/** A person's shell at one place: what a command exports and where it goes stays for the next one. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Said {
  code: number;
  output: string;
}

/** Where commands are typed. */
export interface Place {
  run(command: string, signal?: AbortSignal): Promise<Said>;
}

/** Longer than any command of the documents. */
const LONGEST_MS = 90 * 60_000;

export class Shell implements Place {
  private readonly state: string;

  /** `memory` is a folder for what is kept between two commands. */
  constructor(
    memory: string,
    cwd: string,
    private readonly env: Record<string, string>,
  ) {
    mkdirSync(memory, { recursive: true, mode: 0o700 });
    mkdirSync(cwd, { recursive: true });
    this.state = join(memory, 'state');
    if (!existsSync(this.state)) writeFileSync(this.state, `cd ${quoted(cwd)}\n`, { mode: 0o600 });
  }

  /** Runs one command as it is written. */
  run(command: string, signal?: AbortSignal): Promise<Said> {
    const script = `. "$LETTER_STATE" && { ${command}\n}; code=$?; { printf 'cd %q\\n' "$PWD"; export -p | grep -vE '^declare -x (LETTER_STATE|SHLVL|OLDPWD|_)\\b'; } >"$LETTER_STATE.new" && mv "$LETTER_STATE.new" "$LETTER_STATE"; exit $code`;
    return new Promise((resolve, reject) => {
      const child = spawn('bash', ['-c', script], {
        env: { ...this.env, LETTER_STATE: this.state },
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
      });
      const end = () => {
        if (child.pid === undefined) return;
        try {
          process.kill(-child.pid, 'SIGTERM');
        } catch {
          // It has ended.
        }
      };
      const bound = setTimeout(end, LONGEST_MS);
      signal?.addEventListener('abort', end, { once: true });
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (data: Buffer) => (output += data.toString()));
      child.once('error', reject);
      child.once('close', (code) => {
        clearTimeout(bound);
        signal?.removeEventListener('abort', end);
        resolve({ code: code ?? -1, output });
      });
    });
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
