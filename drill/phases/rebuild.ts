/** Detection by the declared monitor, then one update. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readableUrn } from '../../scripts/engines/engine';
import { SILENT_SECONDS } from '../../scripts/status/judge';
import { losesForge, lostOf, need, runEngine, shareOf, type Drill } from '../context';
import { waitsForForge } from './beside';

/** A bound against waiting for ever: for a monitor that never sees what died. */
const DETECTED_MS = 600_000;

export async function detection(drill: Drill): Promise<void> {
  const never = new AbortController();
  const at = await Promise.race([
    need(drill.detected, 'the monitor'),
    sleep(DETECTED_MS, undefined, { signal: never.signal }).then(() =>
      Promise.reject(new Error(`the monitor did not declare the host dead within ${DETECTED_MS / 60_000} minutes`)),
    ),
  ]).finally(() => never.abort());
  // The writers' own alarm: nobody goes on writing to a host that is declared dead.
  void drill.load?.stop();
  const { monitor } = drill.declaration;
  const strike = need(drill.record.fault, 'the fault').at;
  const after = (at - strike) / 1000;
  const { falseAlarms } = drill.record;
  const how = losesForge(drill)
    ? `${monitor.failures} failures, every ${monitor.intervalSeconds} s`
    : `no heartbeat for ${SILENT_SECONDS} s`;
  drill.record.check('detected by the declared monitor', after > 0, `${after.toFixed(1)} s after the fault (${how})`);
  const silent = falseAlarms ? `it declared the host dead ${falseAlarms} times` : 'the host counted as alive';
  drill.record.checkUnlessStarved(
    'no alarm before the fault',
    falseAlarms === 0,
    silent,
    shareOf(drill, drill.load?.startedAt ?? strike, strike),
  );
}

/** What a new incarnation makes anew. Names, addresses, firewalls and keys outlive a host. */
const OF_AN_INCARNATION = [
  'digitalocean:index/droplet:Droplet',
  'digitalocean:index/reservedIpAssignment:ReservedIpAssignment',
  'command:remote:Command',
  'command:remote:CopyToRemote',
  'command:local:Command',
];

/** On request only, because it is on the way to the rebuild: names exactly the droplet and what depends on its incarnation. */
export async function preview(drill: Drill): Promise<void> {
  const result = await runEngine(drill, 'preview', { refresh: true });
  const touched = [...new Set(result.steps.map(({ urn }) => urn))];
  const typeOf = (urn: string) => urn.split('::')[2].split('$').pop() ?? '';
  const droplets = touched.filter((urn) => typeOf(urn) === OF_AN_INCARNATION[0]);
  const others = touched.filter((urn) => !OF_AN_INCARNATION.includes(typeOf(urn)));
  drill.record.check(
    'preview after the fault names the droplet and what depends on it',
    droplets.length === 1 && others.length === 0,
    others.length ? `also ${others.map(readableUrn).join(', ')}` : touched.map(readableUrn).join(', '),
  );
}

export async function rebuild(drill: Drill): Promise<void> {
  const lost = lostOf(drill);
  for (const member of lost) {
    const result = await runEngine(member, 'up', { refresh: true, steps: drill.record.steps });
    drill.progress.say(`  ${member.declaration.stack}: ${result.steps.length} steps`);
    if (lost.indexOf(member) < lost.indexOf(drill)) await waitsForForge(member);
  }
}
