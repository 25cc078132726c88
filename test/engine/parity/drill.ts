/**
 * The runs of a drill (its `drill.log`) against what the official engine did with the same program: the same operations on the same
 * resources. Their order is what `parity.test.ts` is about. Exit code 1 and a line for each difference; 77 where the program
 * has changed since the official engine ran it.
 *
 *     node --import tsx test/engine/parity/drill.ts drills/latest
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readableUrn, type Step } from '../../../scripts/engines/engine';
import { TRACES, type Recorded } from './scenario';

/** Which recorded run each update of a drill is like, in the order of a drill. */
const RUNS = ['create', 'update after the droplet is lost', 'update after that', 'destroy'];

/** Exit code where there is nothing to compare with. */
const SKIPPED = 77;

type Run = Pick<Recorded, 'ok' | 'steps' | 'summary'> & { kind: string; verb: string };

/** Without which of a host's two places its machine stands in: what was recorded is destroyed after a successor took over in the other one. */
const lines = (steps: Step[]): string[] =>
  steps.map(({ op, urn }) => `${op} ${readableUrn(urn).replace(/-twin$/, '')}`).sort();

function differences(name: string, ours: Run | undefined, theirs: Recorded): string[] {
  if (!ours) return [`${name}: the drill has no such run`];
  const [here, there] = [lines(ours.steps), lines(theirs.steps)];
  const without = (some: string[], others: string[]) =>
    others.reduce((rest, line) => rest.filter((_, index) => index !== rest.indexOf(line)), some);
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
const resourcesOf = (run?: Pick<Run, 'steps'>): string =>
  [...new Set(run?.steps.map(({ urn }) => readableUrn(urn)))].sort().join('\n');
if (resourcesOf(runs[0]) !== resourcesOf(official.find(({ run }) => run === RUNS[0]))) {
  // Nothing can be said of a program that the official engine has not run: it must be recorded anew (drill/record-traces.ts).
  process.stdout.write(
    'SKIPPED: the program makes other resources than the one that the official engine ran; run drill/record-traces.ts --of fleet where it is installed\n',
  );
  process.exit(SKIPPED);
}
const found = RUNS.flatMap((name, index) =>
  differences(
    name,
    runs[index],
    official.find(({ run }) => run === name)!,
  ),
);
process.stdout.write(
  found.length
    ? `${found.join('\n')}\n`
    : `${RUNS.length} runs did what the official engine did: ${runs.map(({ steps }) => steps.length).join(', ')} steps\n`,
);
process.exitCode = found.length ? 1 : 0;
