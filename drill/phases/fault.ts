/** Strikes while the forge is written to. */
import { ssh } from '../../components/ssh';
import { Inconclusive, type UserError } from '../../scripts/lib/errors';
import { prepareClients, type Clients, type ReadyClients } from '../clients';
import { shareOf, type Drill, type Seeded, type Stack, type Strike } from '../context';
import { dropletOf } from '../droplet';
import { httpOf, versionStatus } from '../forge';
import { Load } from '../load/load';
import { tooLittle, WORK_MS, workOf, workWords, type Work } from '../load/work';
import { watch } from '../monitor';
import type { Probing } from '../services/probing';

/** What tells that a host is dead. */
export interface Monitor {
  /** When it declared the host that a fault struck dead. */
  readonly died: Promise<number>;
  /** How often it declared the host dead before the fault. */
  falseAlarms: number;
  /** How it tells, in words. */
  readonly how: string;
}

/** What a fault leaves: hosts that are dead, and who looks at them. */
export interface Lost {
  readonly strike: Strike;
  readonly monitor: Monitor;
}

/** A forge that was struck under load. */
export interface Struck extends Seeded {
  readonly strike: Strike;
  readonly load: Load;
  readonly clients: Clients;
}

export const HOST_DESTROYED = 'host-destroyed';

/** The host dies, and those of other stacks with it: no shutdown, disk gone. */
export async function fault(
  drill: Seeded,
  { others = [], ...options }: StrikeOptions & { others?: Stack[] } = {},
): Promise<Struck & Lost> {
  const droplets = await Promise.all(others.map(dropletOf));
  const kind = others.length ? 'all-hosts-destroyed' : HOST_DESTROYED;
  const act = (droplet: number) =>
    Promise.all([droplet, ...droplets].map((one) => drill.provider.strike(HOST_DESTROYED, one)));
  return strike(drill, kind, act, { ...options, load: options.load ?? (await loadOverFolders(drill)) });
}

/** Begins to write, while the host's databases get a new folder in the store as they do every hour: what was written before and after must come back. */
async function loadOverFolders(drill: Seeded): Promise<Load> {
  const load = await beginLoad(drill);
  drill.progress.waiting('a new folder for the databases');
  const { code, stderr } = await ssh(drill.sshTarget, 'systemctl start fleet-rotate.service');
  const what = 'the databases get a new folder in the store while they are written to';
  drill.record.check(what, code === 0, code === 0 ? 'fleet-rotate.service' : stderr.trim());
  return load;
}

/** Begins to write. */
export async function beginLoad(drill: Seeded): Promise<Load> {
  drill.progress.waiting('the load to begin');
  const load = new Load(drill.forge, drill.account, drill.options.seed);
  // What is in flight is given up, and not waited for.
  drill.ends.defer(() => void load.stop());
  if (!(await load.start(drill.signal))) throw tooLittleWork(drill, load, { database: 1, pushes: 1 });
  drill.record.writingSince = load.startedAt;
  return load;
}

/** Begins to write, and waits until as much is acknowledged as a fault is to put at risk. */
export async function work(drill: Seeded): Promise<Load> {
  const load = await beginLoad(drill);
  await workDone(drill, load);
  return load;
}

async function workDone(drill: Seeded, load: Load): Promise<void> {
  const wanted = workOf(drill.options.seed);
  drill.progress.waiting(`${workWords(wanted)} to be acknowledged`);
  if (!(await load.untilAcknowledged(wanted, WORK_MS, drill.signal))) throw tooLittleWork(drill, load, wanted);
}

/** Waits for a moment that finds a write of each kind in flight. */
async function inFlight(drill: Seeded, load: Load, probing?: Probing): Promise<void> {
  drill.progress.waiting('a moment with a write of each kind in flight');
  const probed = () => probing === undefined || probing.inFlight > 0;
  if (await load.untilInFlight(WORK_MS, drill.signal, probed)) return;
  throw new Inconclusive(`No moment of ${WORK_MS / 60_000} minutes had a write of each kind in flight.`);
}

function tooLittleWork(drill: Drill, { writes, log }: Load, wanted: Work): UserError {
  const failed = writes.filter(({ failedAt }) => failedAt !== undefined);
  return tooLittle(
    wanted,
    { acknowledged: log.acknowledged, failed: failed.length, why: failed[0]?.why },
    shareOf(drill, writes[0]?.sentAt ?? Date.now()),
  );
}

export interface StrikeOptions {
  /** What writes already; otherwise it is begun. */
  load?: Load;
  /** What else is written to: each dataset of it must have its part of the work. */
  probing?: Probing;
  /** False where the host is of no use already, so that no client can try it before. */
  served?: boolean;
}

/**
 * Writes, and in the middle of it does what makes the host useless to the clients, who from then on try until they are served
 * again.
 */
export async function strike(
  drill: Seeded,
  kind: string,
  act: (droplet: number) => Promise<unknown>,
  { load: begun, probing, served = true }: StrikeOptions = {},
): Promise<Struck & Lost> {
  const { record } = drill;
  const droplet = await dropletOf(drill);
  const load = begun ?? (await beginLoad(drill));
  const before = served ? startMonitor(drill) : undefined;
  // What is of no use takes no more work; the fault that made it so let it be done before.
  if (served) {
    await workDone(drill, load);
    await probing?.untilWorked();
  }
  const ready = await prepareClients(drill.forge, drill.account, drill.cloud.nameserver, { served });
  if (served) await inFlight(drill, load, probing);
  const now: Strike = (record.fault = { kind, at: Date.now(), struckAt: Date.now() });
  await act(droplet);
  now.struckAt = Date.now();
  probing?.stop();
  const clients = startClients(drill, ready);
  // Noted at once, because a rebuild may serve its clients and fail later.
  void clients.recovered.then((recovered) => noteRecovery(drill, now, recovered));
  // It would have declared the host dead before.
  const monitor = before ?? startMonitor(drill);
  drill.progress.say(`  ${kind}: droplet ${droplet}`);
  return { ...drill, load, clients, strike: now, monitor };
}

/** The clients begin to try; they stop with the drill. */
export function startClients(drill: Drill, ready: ReadyClients): Clients {
  const clients = ready.start();
  drill.ends.defer(() => clients.stop());
  return clients;
}

/** Notes how long after the fault each client was served again. */
export function noteRecovery(
  { record }: Drill,
  { at }: Strike,
  { fresh, cachedClient }: Awaited<Clients['recovered']>,
): void {
  const after = (moment: number | undefined) => (moment === undefined ? null : (moment - at) / 1000);
  record.rto = { fresh: after(fresh), cachedClient: after(cachedClient) };
}

/** The declared monitor: HTTPS through the public name, resolved and connected anew each time. */
export function startMonitor(drill: Seeded): Monitor {
  const { forge, signal, record } = drill;
  const plan = drill.declaration.monitor;
  const http = httpOf(forge, { timeoutMs: plan.timeoutSeconds * 1000, keepAlive: false });
  const check = async () => (await versionStatus(http, forge.baseUrl)) === 200;
  const onCheck = (ok: boolean, failed: number) => {
    if (!ok) drill.progress.waiting(`monitor: ${failed} of ${plan.failures} failed checks in a row`);
  };
  const death = async () => {
    let at = await watch(plan, check, { signal, onCheck });
    for (; !record.fault; at = await watch(plan, check, { signal, onCheck })) monitor.falseAlarms++;
    return at;
  };
  const how = `${plan.failures} failures, every ${plan.intervalSeconds} s`;
  const monitor: Monitor = { falseAlarms: 0, how, died: death().finally(() => http.close()) };
  // Awaited in the next phase; until then a failure must not count as unhandled.
  monitor.died.catch(() => undefined);
  return monitor;
}
