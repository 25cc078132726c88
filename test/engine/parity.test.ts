/** The embedded engine against what the official one was seen to do; drill/record-traces.ts records that. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { embedded } from '../../scripts/engines/embedded';
import { projectDir } from '../../scripts/lib/project';
import { canonical, violations } from './parity/order';
import { HISTORY, tell, TRACES, type Recorded } from './parity/scenario';

const official = JSON.parse(readFileSync(join(TRACES, 'history.json'), 'utf8')) as {
  engine: string;
  packages: Record<string, string>;
  runs: Recorded[];
};
let runs: Recorded[] = [];

beforeAll(async () => {
  runs = await tell(embedded);
}, 300_000);

test('the traces were recorded by the official engine with the versions that are in use', () => {
  const { dependencies } = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  expect(official.engine).toContain('official');
  expect(official.packages).toEqual(
    Object.fromEntries(Object.keys(official.packages).map((name) => [name, dependencies[`@pulumi/${name}`]])),
  );
  expect(official.runs.map(({ run }) => run)).toEqual(HISTORY.map(([run]) => run));
});

test.each(HISTORY.map(([run], index) => [run, index] as const))('%s', (_, index) => {
  const [ours, theirs] = [runs[index], official.runs[index]];
  expect(violations(theirs.steps)).toEqual([]);
  expect(violations(ours.steps)).toEqual([]);
  expect(canonical(ours.steps)).toEqual(canonical(theirs.steps));
  expect({ ok: ours.ok, summary: ours.summary }).toEqual({ ok: theirs.ok, summary: theirs.summary });
});
