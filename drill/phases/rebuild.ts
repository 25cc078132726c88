/** Detection by the declared monitor, then one update. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readableUrn } from '../../scripts/engines/engine';
import { runEngine, shareOf, type Drill, type Stack } from '../context';
import type { Load } from '../load/load';
import type { Lost } from './fault';

/** A bound against waiting for ever: for a monitor that never sees what died. */
const DETECTED_MS = 600_000;

export async function detection<D extends Drill & Lost & { load?: Load }>(drill: D): Promise<void> {
  const { monitor, strike, record } = drill;
  const never = new AbortController();
  const died = await Promise.race([
    monitor.died,
    sleep(DETECTED_MS, undefined, { signal: never.signal }).then(() =>
      Promise.reject(new Error(`the monitor did not declare the host dead within ${DETECTED_MS / 60_000} minutes`)),
    ),
  ]).finally(() => never.abort());
  // The writers' own alarm: nobody goes on writing to a host that is declared dead.
  void drill.load?.stop();
  const after = (died - strike.at) / 1000;
  record.check('detected by the declared monitor', after > 0, `${after.toFixed(1)} s after the fault (${monitor.how})`);
  record.checkUnlessStarved(
    'no alarm before the fault',
    monitor.falseAlarms === 0,
    monitor.falseAlarms ? `it declared the host dead ${monitor.falseAlarms} times` : 'the host counted as alive',
    shareOf(drill, record.writingSince ?? strike.at, strike.at),
  );
}

const DROPLET = 'digitalocean:index/droplet:Droplet';

/** What a new incarnation makes anew. Names, addresses, firewalls and keys outlive a host. */
const OF_AN_INCARNATION = [
  DROPLET,
  'digitalocean:index/reservedIpAssignment:ReservedIpAssignment',
  'command:remote:Command',
  'command:remote:CopyToRemote',
  'command:local:Command',
];

/** On request only, because it is on the way to the rebuild: names exactly the droplet and what depends on its incarnation. */
export async function preview(drill: Stack): Promise<void> {
  const result = await runEngine(drill, 'preview', { refresh: true });
  const touched = [...new Set(result.steps.map(({ urn }) => urn))];
  const typeOf = (urn: string) => urn.split('::')[2]?.split('$').pop() ?? '';
  const droplets = touched.filter((urn) => typeOf(urn) === DROPLET);
  const others = touched.filter((urn) => !OF_AN_INCARNATION.includes(typeOf(urn)));
  drill.record.check(
    'preview after the fault names the droplet and what depends on it',
    droplets.length === 1 && others.length === 0,
    others.length ? `also ${others.map(readableUrn).join(', ')}` : touched.map(readableUrn).join(', '),
  );
}

export async function rebuild(drill: Stack): Promise<void> {
  const { steps } = await runEngine(drill, 'up', { refresh: true, steps: drill.record.steps });
  drill.progress.say(`  ${drill.declaration.stack}: ${steps.length} steps`);
}
