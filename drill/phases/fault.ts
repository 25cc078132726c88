/** Strikes while the forge is written to. */
import { Inconclusive, type UserError } from '../../scripts/lib/errors';
import { httpOf } from '../forge';
import { losesForge, lostOf, need, shareOf, type Drill } from '../context';
import { dropletOf } from '../droplet';
import { prepareClients } from '../clients';
import { Load } from '../load/load';
import { tooLittle, WORK_MS, workOf, workWords, type Work } from '../load/work';
import { watch } from '../monitor';
import { loseBeside } from './beside';

/** The host dies: no shutdown, disk gone. */
export async function fault(drill: Drill): Promise<void> {
  const destroyed = 'host-destroyed';
  if (!losesForge(drill)) return loseBeside(drill, destroyed);
  const others = await Promise.all(
    lostOf(drill)
      .filter((member) => member !== drill)
      .map(dropletOf),
  );
  await strike(drill, others.length ? 'all-hosts-destroyed' : destroyed, (droplet) =>
    Promise.all([droplet, ...others].map((one) => drill.provider.strike(destroyed, one))),
  );
}

/** Begins to write, unless something writes already. */
export async function beginLoad(drill: Drill): Promise<void> {
  if (drill.load) return;
  drill.progress.waiting('the load to begin');
  drill.load = new Load(need(drill.forge, 'the forge'), need(drill.account, 'the account'), drill.options.seed);
  if (!(await drill.load.start(drill.signal))) throw tooLittleWork(drill, { database: 1, pushes: 1 });
}

/** Waits until as much is acknowledged as a fault is to put at risk, and each dataset of whole stacks has its part. */
export async function workDone(drill: Drill): Promise<void> {
  const wanted = workOf(drill.options.seed);
  drill.progress.waiting(`${workWords(wanted)} to be acknowledged`);
  if (!(await need(drill.load, 'the load').untilAcknowledged(wanted, WORK_MS, drill.signal)))
    throw tooLittleWork(drill, wanted);
  await drill.probing?.untilWorked();
}

/** Waits for a moment that finds a write of each kind in flight. */
async function inFlight(drill: Drill): Promise<void> {
  drill.progress.waiting('a moment with a write of each kind in flight');
  const probed = () => drill.probing === undefined || drill.probing.inFlight > 0;
  if (await need(drill.load, 'the load').untilInFlight(WORK_MS, drill.signal, probed)) return;
  throw new Inconclusive(`No moment of ${WORK_MS / 60_000} minutes had a write of each kind in flight.`);
}

function tooLittleWork(drill: Drill, wanted: Work): UserError {
  const { writes, log } = need(drill.load, 'the load');
  const failed = writes.filter(({ failedAt }) => failedAt !== undefined);
  return tooLittle(
    wanted,
    { acknowledged: log.acknowledged, failed: failed.length, why: failed[0]?.why },
    shareOf(drill, writes[0]?.sentAt ?? Date.now()),
  );
}

/**
 * Writes, and in the middle of it does what makes the host useless to the clients, who from then on try until they are served
 * again. `served: false`: the host is of no use already, so that no client can try it before.
 */
export async function strike(
  drill: Drill,
  kind: string,
  act: (droplet: number) => Promise<unknown>,
  options: { served?: boolean } = {},
): Promise<void> {
  const cloud = need(drill.cloud, 'the cloud');
  const droplet = await dropletOf(drill);
  await beginLoad(drill);
  const { served = true } = options;
  if (served) startMonitor(drill);
  // What is of no use takes no more work; the fault that made it so let it be done before.
  if (served) await workDone(drill);
  const clients = await prepareClients(
    need(drill.forge, 'the forge'),
    need(drill.account, 'the account'),
    cloud.nameserver,
    { served },
  );
  if (served) await inFlight(drill);
  const at = Date.now();
  drill.record.fault = { kind, at, struckAt: at };
  await act(droplet);
  drill.record.fault.struckAt = Date.now();
  drill.clients = clients.start();
  // Noted at once, because a rebuild may serve its clients and fail later.
  const after = (moment: number | undefined) => (moment === undefined ? null : (moment - at) / 1000);
  void drill.clients.recovered.then(
    ({ fresh, cachedClient }) => (drill.record.rto = { fresh: after(fresh), cachedClient: after(cachedClient) }),
  );
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
  const onCheck = (ok: boolean, failed: number) => {
    if (!ok) drill.progress.waiting(`monitor: ${failed} of ${plan.failures} failed checks in a row`);
  };
  const death = async () => {
    let at = await watch(plan, check, { signal: drill.signal, onCheck });
    for (; !drill.record.fault; at = await watch(plan, check, { signal: drill.signal, onCheck }))
      drill.record.falseAlarms++;
    return at;
  };
  drill.detected = death().finally(() => http.close());
  // Awaited in the next phase; until then a failure must not count as unhandled.
  drill.detected.catch(() => undefined);
}
