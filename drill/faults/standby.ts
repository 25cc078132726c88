/** A stack with a standby loses its primary: the raised `rebuild` value makes the standby the primary, and the next standby is made of what was lost. */
import { tagOf } from '../../components/machines/tag';
import { twinOf } from '../../components/machines/slots';
import { NAMESPACE } from '../../stacks/model/settings';
import { readStaged, type Staged } from '../../scripts/status/staged';
import { changesNothing, phase, runEngine, type Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { dropletsSeen } from '../control';
import { keyRefused, withHostKey, type AsHost } from '../host-key-to-store';
import { dropletOf } from '../droplet';
import { fault, type Lost, type Struck } from '../phases/fault';
import { rebuild } from '../phases/rebuild';
import { configure, raiseRebuild } from '../settings';
import { bucketOfHost, inStore } from '../store';
import type { Fault } from './fault';
import { cutOff, rebuildAndHeal } from './listed';
import { recover, until } from './steps';

/** The shortest there is: the timer must be seen to fire. */
const EVERY_MINUTES = 1;

export const standbyPromoted: Fault = {
  kind: 'standby-promoted',
  title: 'the host and its disk are gone, and its standby is promoted',
  ends: 'recovers',
  timed: true,
  run: (drill) => lose(drill, (one) => phase(one, 'fault', 'writing until the host dies', () => fault(one)), rebuild),
};

export const standbyPromotedBeside: Fault = {
  kind: 'standby-promoted-beside',
  title: 'the host is cut off, its standby promoted, and it is back after the cutover',
  ends: 'recovers',
  run: (drill) => lose(drill, cutOff, rebuildAndHeal),
};

async function lose(
  drill: Seeded,
  strikes: (drill: Seeded) => Promise<Struck & Lost>,
  promoted: (drill: Seeded, old: number, asHost: AsHost) => Promise<void>,
): Promise<void> {
  const old = await dropletOf(drill);
  await withHostKey(drill, async (asHost) => {
    await phase(drill, 'standby', 'a second machine is made and kept warm', warm);
    const standby = required(await machine(drill, twinOf(drill.hostName)), 'the standby').id;
    await recover(await strikes(drill), {
      before: raiseRebuild,
      rebuilding: async (one) => {
        await promoted(one, old, asHost);
        await changedParts(one, { old, standby, asHost });
      },
      standbys: 1,
    });
  });
}

/** Asks for a standby, as a person would, and waits until its timer has fired. */
async function warm(drill: Seeded): Promise<void> {
  await configure(drill, (file) =>
    file.setPlain(`${NAMESPACE}:standby`, { [drill.hostName]: { everyMinutes: EVERY_MINUTES } }),
  );
  await runEngine(drill, 'up');
  const first = required(await staged(drill), 'what the standby staged');
  await until(
    drill,
    'the standby’s timer',
    async () => ((await staged(drill))?.at ?? '') > first.at || `it staged at ${first.at}`,
  );
  await changesNothing(drill, 'a standby that waits changes nothing');
}

/** What must hold once the standby is the primary. */
async function changedParts(
  drill: Seeded,
  { old, standby, asHost }: { old: number; standby: number; asHost: AsHost },
): Promise<void> {
  const { record } = drill;
  const led = await dropletOf(drill);
  record.check(
    'the public name leads to the machine that waited',
    led === standby,
    `droplet ${led}; the standby was ${standby}, the primary ${old}`,
  );
  const seen = await dropletsSeen(drill);
  record.check(
    'the old primary is gone',
    !seen.some(({ id }) => id === old),
    seen.map(({ id, name, status }) => `${name} ${id} ${status}`).join(', '),
  );
  await keyRefused(drill, asHost, 'the old primary’s key to the store is refused');
  const [next, now] = [await machine(drill, drill.hostName), await staged(drill)];
  const from = Object.values(now?.datasets ?? {}).map(({ restoredFrom }) => restoredFrom);
  record.check(
    'the next standby is warm with what the promoted machine backs up',
    next !== undefined &&
      now?.incarnation === String(next.id) &&
      from.every((incarnation) => incarnation === String(standby)),
    `droplet ${next?.id ?? 'none'}; staged by ${now?.incarnation ?? 'nobody'} at ${now?.at ?? '-'} from ${from.join(', ')}`,
  );
}

const machine = async (drill: Seeded, name: string) =>
  (await dropletsSeen(drill)).find(({ tags }) => tags.includes(tagOf(drill.declaration, name)));

const staged = (drill: Seeded): Promise<Staged | undefined> =>
  inStore(drill, (client) => readStaged(client, bucketOfHost(drill)));
