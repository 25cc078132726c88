/** The frame of a program of this folder: JSON with secrets on standard input, one line for each thing done, one sentence for a failure. */
import { readFileSync } from 'node:fs';

/** Runs a program; it must put no secret into the lines that it returns or the errors that it throws. */
export function run<Input>(act: (input: Input) => Promise<string[]>, failure: string): void {
  act(JSON.parse(readFileSync(0, 'utf8')) as Input)
    .then((lines) => lines.forEach((line) => console.log(line)))
    .catch((error: Error) => {
      console.error(
        `${failure}: ${error.message || error.name}. Check that the store's endpoint is reachable and its administrator key is right.`,
      );
      process.exitCode = 1;
    });
}
