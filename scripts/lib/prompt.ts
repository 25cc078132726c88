/** Asks for a secret on the terminal without showing it. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** What was typed, or undefined where there is no terminal to ask on. */
export function askSecret(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return Promise.resolve(undefined);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  process.stderr.write(question);
  return new Promise((resolve) => {
    reader.question('', (answer) => {
      reader.close();
      process.stderr.write('\n');
      resolve(answer || undefined);
    });
    reader.on('close', () => resolve(undefined));
  });
}
