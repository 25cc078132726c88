/** A stack that an older version of the program made is updated by this one. */
import { readableUrn, type Step } from '../../scripts/engines/engine';
import { UserError } from '../../scripts/lib/errors';
import { projectDir } from '../../scripts/lib/project';
import { changesNothing, runEngine, shareOf, stepWords, type Seeded } from '../context';
import { dropletOf } from '../droplet';
import type { Load } from '../load/load';
import { WORK_MS } from '../load/work';
import { startMonitor, work } from './fault';
import { caughtUp } from './seed';

export interface Upgraded extends Seeded {
  /** Writes since before the update. */
  readonly load: Load;
}

/** What steps replace or delete, in words. Commands may run anew for a new content; everything else stays, or is changed as it stands. Pure. */
export const replacedBy = (steps: Step[]): string[] => [
  ...new Set(
    steps
      .filter(({ op, urn }) => /replace|delete/.test(op) && !/[:$]command:(remote|local):/.test(urn))
      .map(({ urn }) => readableUrn(urn)),
  ),
];

/** Updates the stack under load, and waits until the store holds what came after it. */
export async function upgrade(older: Seeded): Promise<Upgraded> {
  const drill = { ...older, stack: { ...older.stack, projectDir } };
  const { record, progress } = drill;
  const replaced = replacedBy((await runEngine(drill, 'preview')).steps);
  if (replaced.length)
    throw new UserError(
      `The update would replace or delete ${replaced.join(', ')}.`,
      'A host that an older version made must be kept: give what was renamed an alias, or leave the input as it was on hosts that are there.',
    );
  const droplet = await dropletOf(drill);
  const load = await work(drill);
  const monitor = startMonitor(drill);
  const began = Date.now();
  const { steps } = await runEngine(drill, 'up');
  const updatedAt = Date.now();
  progress.say(`  ${steps.length} steps: ${stepWords(steps).join(', ') || 'none'}`);
  const after = await dropletOf(drill);
  record.check('the host is the same one', after === droplet, `droplet ${droplet} before, ${after} after the upgrade`);
  record.check(
    'the load goes on after the upgrade',
    await load.resumed(updatedAt, WORK_MS, drill.signal),
    'a write to the database and a push',
  );
  record.checkUnlessStarved(
    'services answered during the upgrade',
    monitor.falseAlarms === 0,
    `${monitor.falseAlarms} alarms of the declared monitor (${monitor.how})`,
    shareOf(drill, began),
  );
  progress.waiting('the store to hold what is written now');
  await caughtUp(drill, 'store holds what was written after the upgrade', { database: updatedAt, files: updatedAt });
  progress.waiting('a second update');
  await changesNothing(drill, 'after the upgrade a second update changes nothing');
  return { ...drill, load };
}
