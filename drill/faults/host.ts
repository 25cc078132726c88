/** The host is gone, disk and all. */
import { EXIT } from '../../scripts/lib/errors';
import type { Seeded } from '../context';
import { control, dropletsSeen } from '../control';
import { upMeanwhile } from './child';
import type { Fault } from './fault';
import { leaksIn, saidBy } from './refusal';
import { loseAndRecover } from './steps';

export const hostDestroyed: Fault = {
  kind: 'host-destroyed',
  title: 'the host and its disk are gone',
  ends: 'recovers',
  timed: true,
  run: (drill) => loseAndRecover(drill),
};

export const hostDestroyedAgain: Fault = {
  kind: 'host-destroyed-again',
  title: 'its successor is gone too, in the middle of the restore',
  ends: 'recovers',
  run: (drill) => loseAndRecover(drill, { before: loseSuccessor }),
};

/** An update whose new host dies as soon as its restore begins: it says so, and makes another one. */
async function loseSuccessor(drill: Seeded): Promise<void> {
  drill.progress.waiting('an update whose new host dies during the restore');
  const run = await upMeanwhile(drill, ['step-start', `Command ${drill.hostName}-gitea-restore`], async () =>
    Promise.all((await dropletsSeen(drill)).map(({ id }) => control(drill, `droplets/${id}/destroy`))),
  );
  const said = run.output.split('\n').find((line) => line.includes('is gone before it served: another one is made'));
  drill.record.check(
    'the update whose host died says so, and makes another one',
    said !== undefined && run.code === EXIT.ok && leaksIn(run.output, {}).length === 0,
    said?.trim() ?? saidBy(run.output),
  );
}
