/** Runs `up` with the options on standard input, in a process of its own that a test can kill. */
import { readFileSync } from 'node:fs';
import { up } from '../../../engine';

void up(JSON.parse(readFileSync(0, 'utf8'))).then((result) => process.exit(result.ok ? 0 : 1));
