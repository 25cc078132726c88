/** Runs `up`, or `preview` where that is the argument, with the options on standard input, in a process of its own that a test can kill. */
import { readFileSync } from 'node:fs';
import { preview, up } from '../../../engine';

const run = process.argv[2] === 'preview' ? preview : up;
void run(JSON.parse(readFileSync(0, 'utf8'))).then((result) => process.exit(result.ok ? 0 : 1));
