/** A table of things that go wrong, one after another on one clone: change, preview, update, what must hold, and order again for the next one. */
import { EXIT } from '../../../scripts/lib/errors';
import { compare } from '../../compare/compare';
import { readBack } from '../../compare/read-back';
import { phase, type Seeded } from '../../context';
import { control, forgetRequests, requestsSeen } from '../../control';
import { destroy } from '../../phases/destroy';
import { fleet, type FleetRun } from '../child';
import type { Fault } from '../fault';
import { changingRequests, leaksIn, secretsHeld } from '../refusal';
import { inWordsOf } from '../words';
import { countsOf, differing, orderOf, thingsOf } from './order';
import type { End, Row } from './row';
import { Serving } from './serving';
import { required } from '../../../stacks/model/required';

/** How each end is told from the others: whether the update ends well. */
const ENDS_WELL: Record<End, boolean> = { 'put back': true, 'goes on': true, refused: false, told: false };

export interface TableOptions {
  /** What an operator runs after each change; the update comes last. */
  verbs: Array<'preview' | 'up'>;
}

/** A fault that is a table of rows. */
export const table = (kind: string, title: string, rows: Row[], options: TableOptions): Fault => ({
  kind,
  title,
  ends: 'withstands',
  run: async (drill) => {
    const chosen = rows.filter(({ what }) => drill.options.row?.test(what) ?? true);
    const serving = new Serving(drill);
    try {
      await phase(drill, 'rows', `${chosen.length} of ${rows.length} rows`, async (one) => {
        for (const row of chosen)
          await oneRow(one, { ...row, says: row.says.map((says) => inWordsOf(one, says)) }, serving, options);
        await unharmed(one, serving);
      });
    } finally {
      await serving.stop();
    }
    await destroy(drill);
  },
});

async function oneRow(drill: Seeded, row: Row, serving: Serving, { verbs }: TableOptions): Promise<void> {
  const { progress, record, workspace } = drill;
  progress.waiting(`${row.what}: a stack in order`);
  await serving.again();
  const [before, things] = [await orderOf(drill), await thingsOf(drill)];
  const secrets = await secretsHeld(drill);
  const since = Date.now();
  progress.waiting(`${row.what}: the change`);
  workspace.log(`row: ${row.what}`);
  await row.change(drill, things);
  if (row.wipes) serving.wipe(since);
  await forgetRequests(drill);
  const runs: FleetRun[] = [];
  for (const verb of verbs) {
    progress.waiting(`${row.what}: ${verb}`);
    runs.push(await fleet(drill, verb, ['--refresh'], { env: things.env }));
  }
  const changes = changingRequests(await requestsSeen(drill));
  await control(drill, 'faults', undefined, 'DELETE');
  const output = runs.map((run) => run.output).join('\n');
  const problems = [...endProblems(row, runs, changes), ...wordProblems(row, output, secrets)];
  const { failed, tries } = serving.since(since);
  if (row.mend) {
    progress.waiting(`${row.what}: mending it by hand`);
    await row.mend(drill, things);
  }
  await serving.again();
  if (!ENDS_WELL[row.ends]) {
    // What stands in the way never does so for ever.
    progress.waiting(`${row.what}: the same update again`);
    const { code, output: said } = await fleet(drill, 'up', ['--refresh']);
    if (code !== EXIT.ok) problems.push(`the same update again ended with exit code ${code} (${lastError(said)})`);
  }
  const after = await orderOf(drill);
  const left = row.renews ? differing(countsOf(before), countsOf(after)) : differing(before, after);
  const harm = [
    ...left,
    ...(row.interrupts || failed.length === 0
      ? []
      : [`${failed.length} of ${tries} tries were not served (${failed[0]})`]),
  ];
  const line = `${toldIn(row, output)} · ${problems.length ? `NOT ${row.ends}: ${problems.join('; ')}` : row.ends} · harm: ${harm.join('; ') || 'none'}`;
  progress.say(`  ${row.what}: ${line}`);
  record.check(row.what, problems.length + harm.length === 0, line);
}

function endProblems({ ends }: Row, runs: FleetRun[], changes: string[]): string[] {
  const { code, output } = required(runs.at(-1), 'a run');
  const wanted = ENDS_WELL[ends] ? EXIT.ok : EXIT.failed;
  return [
    ...(code === wanted ? [] : [`the update ended with exit code ${code} (${lastError(output)})`]),
    ...(ends === 'refused' && changes.length ? [`it asked the providers for ${changes.join(', ')}`] : []),
  ];
}

function wordProblems({ says }: Row, output: string, secrets: Record<string, string>): string[] {
  const leaks = leaksIn(output, secrets);
  return [
    ...says.filter((pattern) => !pattern.test(output)).map((pattern) => `nothing said ${pattern}`),
    ...(leaks.length ? [`its output holds ${leaks.join(', ')}`] : []),
    ...(/<html|<!doctype/i.test(output) ? ['its output holds a page of HTML'] : []),
  ];
}

/** The line that tells of it, without the stamp of the time. */
export function toldIn({ says }: Pick<Row, 'says'>, output: string): string {
  const line = output.split('\n').find((one) => says[0]?.test(one)) ?? '';
  const text = line
    .trim()
    .replace(/^[\d.ms]+ +/, '')
    .replace(/^- /, '');
  return text.length > 220 ? `${text.slice(0, 217)}…` : text || 'nothing';
}

const lastError = (output: string): string =>
  output
    .split('\n')
    .find((line) => line.startsWith('fleet: '))
    ?.slice(7, 300) ?? 'no error';

/** What must hold after all of it. */
async function unharmed(drill: Seeded, serving: Serving): Promise<void> {
  const { record, progress } = drill;
  progress.waiting('a last update');
  const { code, output } = await fleet(drill, 'up', ['--refresh']);
  const idle = /nothing to change/.test(output);
  record.check(
    'a last update has nothing to change',
    code === EXIT.ok && idle,
    code === EXIT.ok ? (idle ? 'nothing' : (output.trim().split('\n').at(-1) ?? '')) : lastError(output),
  );
  const { acknowledged, lost } = await serving.end();
  record.check(
    'every write that was acknowledged meanwhile is there',
    acknowledged > 0 && lost.length === 0,
    `${acknowledged - lost.length} of ${acknowledged}${lost.length ? `; lost: ${lost.slice(0, 5).join(', ')}` : ''}`,
  );
  record.checks.push(...compare(drill.account.facts, await readBack(drill)).checks);
}
