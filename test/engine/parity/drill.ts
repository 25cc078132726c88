/**
 * The runs of a drill (its `drill.log`) against what the official engine did with the same program: the same operations on the same
 * resources. Their order is what `parity.test.ts` is about. Exit code 1 and a line for each difference.
 *
 *     node --import tsx test/engine/parity/drill.ts drills/latest
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readableUrn, type Step } from '../../../scripts/engines/engine';
import { TRACES, type Recorded } from './scenario';

/** Which recorded run each update of a drill is like, in the order of a drill. */
const RUNS = ['create', 'update after the droplet is lost', 'update after that', 'destroy'];

type Run = Pick<Recorded, 'ok' | 'steps' | 'summary'> & { kind: string; verb: string };

const lines = (steps: Step[]): string[] => steps.map(({ op, urn }) => `${op} ${readableUrn(urn)}`).sort();

function differences(name: string, ours: Run | undefined, theirs: Recorded): string[] {
  if (!ours) return [`${name}: the drill has no such run`];
  const [here, there] = [lines(ours.steps), lines(theirs.steps)];
  const without = (some: string[], others: string[]) => others.reduce((rest, line) => rest.filter((_, index) => index !== rest.indexOf(line)), some);
  return [
    ...without(here, there).map((line) => `${name}: ${line}: the official engine did not`),
    ...without(there, here).map((line) => `${name}: ${line}: only the official engine did`),
  ];
}

const { runs: official } = JSON.parse(readFileSync(join(TRACES, 'fleet.json'), 'utf8')) as { runs: Recorded[] };
const runs = readFileSync(join(process.argv[2], 'drill.log'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('{"kind":"run"'))
  .map((line) => JSON.parse(line) as Run)
  .filter(({ verb }) => verb !== 'preview');
const found = RUNS.flatMap((name, index) => differences(name, runs[index], official.find(({ run }) => run === name)!));
process.stdout.write(found.length ? `${found.join('\n')}\n` : `${RUNS.length} runs did what the official engine did: ${runs.map(({ steps }) => steps.length).join(', ')} steps\n`);
process.exitCode = found.length ? 1 : 0;
