/** Steps that faults are made of. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../scripts/lib/errors';
import { NAMESPACE } from '../../stacks/model/settings';
import { changesNothing, phase, runEngine, type Drill, type Seeded, type Stack } from '../context';
import { control } from '../control';
import { dropletOf } from '../droplet';
import { versionStatus, withHttp } from '../forge';
import { compare } from '../phases/compare';
import { destroy } from '../phases/destroy';
import { fault, type Lost, type Struck } from '../phases/fault';
import { detection, rebuild } from '../phases/rebuild';
import { verify } from '../phases/verify';
import { configure } from '../settings';
import { heartbeat } from '../store';

const BOUND_MS = 600_000;

/** Repeats a look until it holds; throws with what it last saw after minutes, a bound against waiting for ever: how long things take is the machine's affair. */
export async function until(
  { progress, signal }: Drill,
  what: string,
  look: () => Promise<boolean | string>,
): Promise<void> {
  progress.waiting(what);
  const end = Date.now() + BOUND_MS;
  let seen = 'nothing';
  while (Date.now() < end) {
    const answer = await look().catch((error) => messageOf(error));
    if (answer === true) return;
    if (typeof answer === 'string') seen = answer;
    await sleep(250, undefined, { signal });
  }
  throw new Error(`${what}: not within ${BOUND_MS / 60_000} minutes (${seen})`);
}

/** Waits until the forge answers whoever trusts it, through its public name or another one. */
export const untilAnswers = (drill: Seeded, what: string, baseUrl = drill.forge.baseUrl): Promise<void> =>
  withHttp(
    drill.forge,
    (http) =>
      until(drill, what, async () => {
        const status = await versionStatus(http, baseUrl);
        return status === 200 || `it answered ${status}`;
      }),
    { timeoutMs: 3000, keepAlive: false },
  );

/** Waits until the forge answers through its public name and the host reports to the store: then a clone is as its original was. */
export async function settled(drill: Seeded): Promise<void> {
  const since = Date.now();
  await untilAnswers(drill, 'the forge of the clone');
  await until(
    drill,
    'a heartbeat of the clone',
    async () => ((await heartbeat(drill))?.storedAt ?? 0) > since || 'none yet',
  );
}

/** Kills the host, disk and all, and lets the state know: what a refusal starts from. */
export async function loseHost(drill: Stack): Promise<void> {
  await control(drill, `droplets/${await dropletOf(drill)}/destroy`);
  drill.progress.waiting('the state to know that the host is gone');
  const { ok, errors } = await drill.ends.hold(drill.engine.refresh(drill.stack, { signal: drill.signal }));
  if (!ok) throw new Error(`the refresh failed: ${errors[0]}`);
}

/** Brings the host back as of an earlier moment that a person accepted, and takes that out of the settings again. */
export async function rebuildAt(drill: Seeded, moment: string, judge: (drill: Seeded) => Promise<void>): Promise<void> {
  await phase(drill, 'rebuild', 'up --refresh with the older point accepted', async () => {
    await configure(drill, (file) => file.setPlain(`${NAMESPACE}:restoreAt`, moment));
    await runEngine(drill, 'up', { refresh: true });
  });
  await phase(drill, 'compare', 'what came back', judge);
  await phase(drill, 'after', 'the value taken out again', async () => {
    await configure(drill, (file) => file.remove(`${NAMESPACE}:restoreAt`));
    await changesNothing(drill, 'taking the value out changes nothing');
  });
}

export interface Recovery {
  /** Before the rebuild. */
  before?: (drill: Struck) => Promise<void>;
  /** In the place of a plain update; what it returns goes on in the place of what was struck. */
  rebuilding?: (drill: Struck) => Promise<Struck | void>;
  /** Machines of the stack that wait beside its hosts. */
  standbys?: number;
}

/** From detection to the end, once a fault has struck. */
export async function recover(
  struck: Struck & Lost,
  { before, rebuilding = rebuild, standbys }: Recovery = {},
): Promise<void> {
  await phase(struck, 'detection', 'waiting for the declared monitor', detection);
  const rebuilt = await phase(struck, 'rebuild', 'up --refresh', async (one) => {
    await before?.(one);
    return rebuilding(one);
  });
  await verifyRecovery(rebuilt ?? struck, standbys);
}

/** What came back. */
export async function verifyRecovery(struck: Struck, standbys = 0): Promise<void> {
  await phase(struck, 'verify', 'clients, webhook, agent, second update', (one) => verify(one, [one], [one], standbys));
  await phase(struck, 'compare', 'everything seeded with what came back', compare);
  await destroy(struck);
}

/** Writes until the host dies, and recovers. */
export async function loseAndRecover(drill: Seeded, recovery: Recovery = {}): Promise<void> {
  await recover(await phase(drill, 'fault', 'writing until the host dies', (one) => fault(one)), recovery);
}
