/** Asks on the terminal. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** A secret, typed without being shown; undefined where there is no terminal to ask on. */
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

/** Yes only for `y` or `yes`; undefined where there is no terminal to ask on. */
export function askYesNo(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return Promise.resolve(undefined);
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    reader.question(question, (answer) => {
      resolve(/^y(es)?$/i.test(answer.trim()));
      reader.close();
    });
    reader.on('close', () => resolve(false));
  });
}
