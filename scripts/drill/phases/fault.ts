/** Strikes while the forge is written to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { httpOf } from '../forge';
import { losesForge, lostOf, need, type Drill } from '../context';
import { dropletOf } from '../droplet';
import { prepareClients } from '../clients';
import { Load } from '../load/load';
import { watch } from '../monitor';
import { Random } from '../seed/random';
import { loseBeside } from './beside';

/** The fault strikes after a stretch of writing that the seed says, at the first moment that finds writes of both kinds in flight. */
const WRITING_MS = { least: 8000, most: 16_000 };
const IN_FLIGHT_MS = 15_000;

/** The host dies: no shutdown, disk gone. */
export async function fault(drill: Drill): Promise<void> {
  const destroyed = 'host-destroyed';
  if (!losesForge(drill)) return loseBeside(drill, destroyed);
  const others = await Promise.all(lostOf(drill).filter((member) => member !== drill).map(dropletOf));
  await strike(drill, others.length ? 'all-hosts-destroyed' : destroyed, (droplet) => Promise.all([droplet, ...others].map((one) => drill.provider.strike(destroyed, one))));
}

/** Begins to write, unless something writes already. */
export async function beginLoad(drill: Drill): Promise<void> {
  if (drill.load) return;
  drill.progress.waiting('the load to begin');
  drill.load = new Load(need(drill.forge, 'the forge'), need(drill.account, 'the account'), drill.options.seed);
  await drill.load.start(drill.signal);
}

/**
 * Writes, and in the middle of it does what makes the host useless to the clients, who from then on try until they are served
 * again. `served: false`: the host is of no use already, so that no client can try it before.
 */
export async function strike(drill: Drill, kind: string, act: (droplet: number) => Promise<unknown>, options: { served?: boolean } = {}): Promise<void> {
  const cloud = need(drill.cloud, 'the cloud');
  const droplet = await dropletOf(drill);
  await beginLoad(drill);
  const load = need(drill.load, 'the load');
  const { served = true } = options;
  if (served) startMonitor(drill);
  drill.progress.waiting('a moment to strike');
  await sleep(new Random(drill.options.seed).between(WRITING_MS.least, WRITING_MS.most), undefined, { signal: drill.signal });
  const clients = await prepareClients(need(drill.forge, 'the forge'), need(drill.account, 'the account'), cloud.nameserver, { served });
  // When none come in flight together it strikes all the same, and a check says so.
  await load.untilInFlight(IN_FLIGHT_MS, drill.signal);
  const at = Date.now();
  await act(droplet);
  drill.record.fault = { kind, at, struckAt: Date.now() };
  drill.clients = clients.start();
  // Noted at once, because a rebuild may serve its clients and fail later.
  const after = (moment: number | undefined) => (moment === undefined ? null : (moment - at) / 1000);
  void drill.clients.recovered.then(({ fresh, cachedClient }) => (drill.record.rto = { fresh: after(fresh), cachedClient: after(cachedClient) }));
  // It would have declared the host dead before.
  if (!served) startMonitor(drill);
  drill.progress.say(`  ${kind}: droplet ${droplet}`);
}

/** The declared monitor: HTTPS through the public name, resolved and connected anew each time. */
function startMonitor(drill: Drill): void {
  const forge = need(drill.forge, 'the forge');
  const plan = drill.declaration.monitor;
  const http = httpOf(forge, { timeoutMs: plan.timeoutSeconds * 1000, keepAlive: false });
  const check = async () => (await http.send('GET', `${forge.baseUrl}/api/v1/version`)).status === 200;
  drill.detected = watch(plan, check, {
    signal: drill.signal,
    onCheck: (ok, failed) => {
      if (!ok) drill.progress.waiting(`monitor: ${failed} of ${plan.failures} failed checks in a row`);
    },
  }).finally(() => http.close());
  // Awaited in the next phase; until then a failure must not count as unhandled.
  drill.detected.catch(() => undefined);
}
