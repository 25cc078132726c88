/** The newest restore point rots: an older one is refused until it is accepted, and nothing newer than told is lost. */
import { compare as compareFacts } from '../compare/compare';
import { readBack } from '../compare/read-back';
import { judgeWrites } from '../compare/writes';
import { phase, type Seeded, type Strike } from '../context';
import { required } from '../../stacks/model/required';
import { control } from '../control';
import type { Load } from '../load/load';
import { work } from '../phases/fault';
import { bucketOfHost, heartbeat } from '../store';
import type { Fault } from './fault';
import { expectRefusal } from './refusal';
import { loseHost, rebuildAt, until } from './steps';

/** Times in the store are whole seconds, and a piece holds what was written in the second before it. */
const SLACK_SECONDS = 3;

export const restorePointCorrupt: Fault = {
  kind: 'restore-point-corrupt',
  title: 'the newest restore point rots; the older one is named, and taken once it is accepted',
  ends: 'refuses',
  run: async (drill) => {
    const rotten = await phase(
      drill,
      'fault',
      'the host dies; the newest piece of its database rots in the store',
      rot,
    );
    let said = '';
    await phase(drill, 'refusal', 'with a corrupt restore point', async () => {
      said = await expectRefusal(drill, {
        why: 'corrupt restore point',
        says: [
          /the newest restore point of gitea \([\dT:.-]+Z\) is corrupt: \S+\/gitea\/database\/\S+/,
          /the newest intact one is of [\dT:.-]+Z/,
          /would lose \d+ s of work/,
          /set fleet:restoreAt to [\dT:.-]+Z/,
        ],
      });
    });
    const accepted = required(/set fleet:restoreAt to ([\dT:.-]+Z)/.exec(said)?.[1], 'a moment to accept');
    const told = Number(/would lose (\d+) s/.exec(said)?.[1]);
    await rebuildAt(drill, accepted, (one) => compareUpTo(one, rotten, Date.parse(accepted), told));
  },
};

interface Rotten {
  load: Load;
  strike: Strike;
}

async function rot(drill: Seeded): Promise<Rotten> {
  // Enough for the store to hold several pieces of the database beside the one that rots.
  const load = await work(drill);
  await load.stop();
  const last = Date.now();
  await until(
    drill,
    'the store to hold all of it',
    async () => ((await heartbeat(drill))?.storedAt ?? 0) > last + 2000 || 'no heartbeat since',
  );
  const strike = (drill.record.fault = { kind: 'restore-point-corrupt', at: Date.now(), struckAt: Date.now() });
  const { incarnation } = required(await heartbeat(drill), 'a heartbeat');
  await loseHost(drill);
  const { corrupted } = await control<{ corrupted: { key: string } }>(drill, 'store/corrupt', {
    bucket: bucketOfHost(drill),
    prefix: `${incarnation}/gitea/database/`,
  });
  drill.progress.say(`  corrupt: ${corrupted.key}`);
  return { load, strike };
}

/** Everything seeded, and of the load everything up to the accepted moment. */
async function compareUpTo(
  drill: Seeded,
  { load, strike }: Rotten,
  accepted: number,
  toldSeconds: number,
): Promise<void> {
  drill.record.checks.push(...compareFacts(drill.account.facts, await readBack(drill)).checks);
  const judged = judgeWrites(load.writes, await load.collect(), strike);
  const early = judged.lost.filter(({ acknowledgedAt }) => acknowledgedAt < accepted - SLACK_SECONDS * 1000);
  drill.record.check(
    'only what came after the accepted moment is lost',
    early.length === 0,
    early.length
      ? `${early.length} writes from before it are lost`
      : `${judged.lost.length} of ${judged.acknowledged.length} lost, all after ${new Date(accepted).toISOString()}`,
  );
  const lastAt = Math.max(...judged.acknowledged.map(({ acknowledgedAt }) => acknowledgedAt));
  const firstLost = Math.min(lastAt, ...judged.lost.map(({ acknowledgedAt }) => acknowledgedAt));
  const lost = (lastAt - firstLost) / 1000;
  drill.record.check(
    'no more is lost than was told',
    lost <= toldSeconds + SLACK_SECONDS,
    `${lost.toFixed(1)} s lost, ${toldSeconds} s told`,
  );
  drill.record.check('nothing invented', judged.invented.length === 0, `${judged.invented.length} rows`);
}
