/** Kills the host while it is written to: no shutdown, disk gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { httpOf } from '../forge';
import { need, type Drill } from '../context';
import { prepareClients } from '../clients';
import { Load } from '../load/load';
import { watch } from '../monitor';
import { Random } from '../seed/random';

/** The host dies after a stretch of writing that the seed says, at the first moment that finds writes of both kinds in flight. */
const WRITING_MS = { least: 8000, most: 16_000 };
const IN_FLIGHT_MS = 15_000;

export async function fault(drill: Drill): Promise<void> {
  const cloud = need(drill.cloud, 'the cloud');
  const forge = need(drill.forge, 'the forge');
  const account = need(drill.account, 'the account');
  const droplet = await dropletOf(drill, need(drill.sshTarget, 'the address').host);

  const load = (drill.load = new Load(forge, account, drill.options.seed));
  drill.progress.waiting('the load to begin');
  await load.start(drill.signal);
  startMonitor(drill);
  drill.progress.waiting('a moment to strike');
  await sleep(new Random(drill.options.seed).between(WRITING_MS.least, WRITING_MS.most), undefined, { signal: drill.signal });
  const clients = await prepareClients(forge, account, cloud.nameserver);
  // When none come in flight together it strikes all the same, and a check says so.
  await load.untilInFlight(IN_FLIGHT_MS, drill.signal);
  const at = Date.now();
  await drill.provider.strike('host-destroyed', droplet);
  drill.record.fault = { kind: 'host-destroyed', at, struckAt: Date.now() };
  drill.clients = clients.start();
  drill.progress.say(`  droplet ${droplet} is dead, its disk gone`);
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

/** The droplet that an address leads to. */
async function dropletOf(drill: Drill, address: string): Promise<number> {
  const cloud = need(drill.cloud, 'the cloud');
  const answer = await fetch(`${cloud.digitalocean}/v2/reserved_ips/${address}`, { headers: { authorization: `Bearer ${cloud.tokens.digitalocean}` } });
  const body = (await answer.json()) as { reserved_ip?: { droplet?: { id: number } | null } };
  return need(body.reserved_ip?.droplet?.id, `the droplet behind ${address}`);
}
