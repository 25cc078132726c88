import { isIP } from 'node:net';
import { isObject, isSecret, Value } from './values';

const SHORTEST = 6;
const SHORTEST_LINE = 16;

/** Keeps the secrets of a run out of everything that is shown. */
export class Redactor {
  private readonly secrets = new Set<string>();

  /** Remembers a text; a long one also line by line, because output is shown that way. */
  add(text: string): void {
    // Every step of a host carries the same keys.
    if (this.secrets.has(text)) return;
    if (text.length >= SHORTEST) this.secrets.add(text);
    const lines = text.split('\n').filter((line) => line.length >= SHORTEST_LINE);
    for (const line of lines) this.secrets.add(line);
  }

  /** Remembers every text inside a secret anywhere in the value. */
  learn(value: Value | undefined, inside = false): void {
    if (value === undefined) return;
    if (isSecret(value)) this.learn(value.value, true);
    else if (typeof value === 'string') {
      // A connection is secret as a whole because of its key; without its address nobody could tell which host did not answer.
      if (inside && isIP(value) === 0) this.add(value);
    } else if (Array.isArray(value)) for (const child of value) this.learn(child, inside);
    else if (isObject(value)) for (const child of Object.values(value)) this.learn(child, inside);
  }

  /** The text with every known secret replaced. */
  clean(text: string): string {
    let clean = text;
    for (const hidden of this.longestFirst()) if (clean.includes(hidden)) clean = clean.split(hidden).join('[secret]');
    return clean;
  }

  private longestFirst(): string[] {
    return [...this.secrets].sort((a, b) => b.length - a.length);
  }
}
