/** Steps that faults are made of. */
import { setTimeout as sleep } from 'node:timers/promises';
import { withStore } from '../../components/store/client';
import { heartbeatsOf, type Heartbeat } from '../../components/store/heartbeats';
import { bucketOf } from '../../components/store/names';
import { NAMESPACE } from '../../stacks/model/settings';
import { messageOf } from '../../scripts/lib/errors';
import { StackFile } from '../../scripts/lib/stack-file';
import { settingsOf } from '../../scripts/lib/stack-settings';
import { need, phase, storeAdminOf, type Drill } from '../context';
import { control } from '../control';
import { httpOf } from '../forge';
import { compare } from '../phases/compare';
import { destroy } from '../phases/destroy';
import { detection, rebuild } from '../phases/rebuild';
import { dropletOf } from '../droplet';
import { verify } from '../phases/verify';

const BOUND_MS = 600_000;

/** Repeats a look until it holds; throws with what it last saw after minutes, a bound against waiting for ever: how long things take is the machine's affair. */
export async function until(drill: Drill, what: string, look: () => Promise<boolean | string>): Promise<void> {
  drill.progress.waiting(what);
  const end = Date.now() + BOUND_MS;
  let seen = 'nothing';
  while (Date.now() < end) {
    const answer = await look().catch((error) => messageOf(error));
    if (answer === true) return;
    if (typeof answer === 'string') seen = answer;
    await sleep(250, undefined, { signal: drill.signal });
  }
  throw new Error(`${what}: not within ${BOUND_MS / 60_000} minutes (${seen})`);
}

/** Waits until the forge answers through its public name and the host reports to the store: then a clone is as its original was. */
export async function whole(drill: Drill): Promise<void> {
  const forge = need(drill.forge, 'the forge');
  const http = httpOf(forge, { timeoutMs: 3000, keepAlive: false });
  const since = Date.now();
  try {
    await until(drill, 'the forge of the clone', async () => {
      const { status } = await http.send('GET', `${forge.baseUrl}/api/v1/version`);
      return status === 200 || `it answered ${status}`;
    });
  } finally {
    await http.close();
  }
  await until(
    drill,
    'a heartbeat of the clone',
    async () => ((await heartbeat(drill))?.storedAt ?? 0) > since || 'none yet',
  );
}

/** The newest heartbeat in the store. */
export async function heartbeat(drill: Drill): Promise<Heartbeat | undefined> {
  const bucket = bucketOf('fleet', drill.declaration.stack, drill.hostName);
  const [beat] = await withStore(storeAdminOf(drill), (client) => heartbeatsOf(client, bucket));
  return beat;
}

/** Changes settings of the stack, as a person would with `pulumi config set`; undefined takes one out. */
export async function configure(drill: Drill, change: (file: StackFile) => void): Promise<void> {
  const { configFile, passphrase } = need(drill.stack, 'the stack');
  const file = await StackFile.open(configFile, passphrase);
  change(file);
  file.save();
}

const addToRebuild = (drill: Drill, more: number): Promise<void> =>
  configure(drill, (file) => {
    const values = settingsOf(file, drill.declaration).rebuild;
    file.setPlain(`${NAMESPACE}:rebuild`, { ...values, [drill.hostName]: (values[drill.hostName] ?? 0) + more });
  });

/** Raises the host's `rebuild` value: the word for a successor to a machine that is still there. */
export const raiseRebuild = (drill: Drill): Promise<void> => addToRebuild(drill, 1);

/** Goes back to the machine that serves: nobody asks for a successor any more. */
export const lowerRebuild = (drill: Drill): Promise<void> => addToRebuild(drill, -1);

/** Kills the host, disk and all, and lets the state know: what a refusal starts from. */
export async function loseHost(drill: Drill): Promise<void> {
  const droplet = await dropletOf(drill);
  await control(drill, `droplets/${droplet}/destroy`);
  drill.progress.waiting('the state to know that the host is gone');
  const run = drill.engine.refresh(need(drill.stack, 'the stack'), { signal: drill.signal });
  drill.inFlight = run.catch(() => undefined);
  const { ok, errors } = await run;
  if (!ok) throw new Error(`the refresh failed: ${errors[0]}`);
}

/** From detection to the end, once a fault has struck. `rebuilding` stands in for a plain update. */
export async function recover(
  drill: Drill,
  rebuilding: (drill: Drill) => Promise<void> = rebuild,
  before?: (drill: Drill) => Promise<void>,
): Promise<void> {
  await phase(drill, 'detection', 'waiting for the declared monitor', detection);
  await phase(drill, 'rebuild', 'up --refresh', async (one) => {
    await before?.(one);
    await rebuilding(one);
  });
  await come(drill);
}

/** What came back. */
export async function come(drill: Drill): Promise<void> {
  await phase(drill, 'verify', 'clients, webhook, agent, second update', verify);
  await phase(drill, 'compare', 'everything seeded with what came back', compare);
  if (!drill.options.keep) await phase(drill, 'destroy', 'the stack and the cloud', destroy);
}
