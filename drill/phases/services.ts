/** The services beside the forge: that each works and is in the store before the fault, is written to until it, and what came back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { storeClient } from '../../components/store/client';
import { heartbeatsOf, PARTS } from '../../components/store/heartbeats';
import { bucketOf } from '../../components/store/names';
import { plansOf, type ServicePlan } from '../../services';
import { messageOf } from '../../scripts/lib/errors';
import { StackFile } from '../../scripts/lib/stack-file';
import { settingsOf } from '../../scripts/lib/stack-settings';
import { forgeRtoObjective, hostOf, lostOf, membersOf, need, sharesOf, storeAdminOf, type Drill } from '../context';
import { killServices, readProbes, runTimed, verifyServices, type Verified } from '../services/host';
import { runJob } from '../services/job';
import { checksOf, figuresOf, killable } from '../services/judge';
import { Probing } from '../services/probing';

/** Bounds against waiting for ever: until a service runs from the forge once its repository is there, and for settling time and a backup of each. */
const HEALTHY_MS = 600_000;
const STORED_MS = 600_000;
/** A service that passes only because it has nothing to do yet. */
const WAITS = /is waiting for its source|is not registered yet/;

/** Waits until every service works and a first write of each is in the store; from then on each is written to. */
export async function services(drill: Drill): Promise<void> {
  for (const member of membersOf(drill)) await healthy(member);
  if (drill.beside) await buildsBeside(drill, 'before the fault');
  for (const member of lostOf(drill)) await kill(member);
  const began = Date.now();
  const { probing, refused } = await Probing.begin(drill);
  drill.record.check('every dataset takes a write', refused === '', refused || 'acknowledged');
  for (const member of lostOf(drill)) await stored(member, began);
  drill.probing = probing;
  probing.goOn().catch(() => undefined);
}

async function healthy(drill: Drill): Promise<void> {
  const until = Date.now() + HEALTHY_MS;
  const target = need(drill.sshTarget, 'the address');
  const timed = (await plansOfMember(drill)).flatMap(({ health }) =>
    health.unit.endsWith('.timer') ? [health.unit.replace(/timer$/, 'service')] : [],
  );
  let wrong: Verified[] = [];
  do {
    drill.progress.waiting(
      `${wrong.map(({ service }) => service).join(', ') || 'every service'} of ${drill.hostName} to work`,
    );
    if (wrong.length) await sleep(2000, undefined, { signal: drill.signal });
    await runTimed(target, timed);
    wrong = (
      await verifyServices(
        target,
        wrong.map(({ service }) => service),
      )
    ).filter(({ ok, said }) => !ok || WAITS.test(said));
  } while (wrong.length && Date.now() < until);
  const said = wrong.map(({ service, said }) => `${service}: ${said}`).join('; ');
  drill.record.check(
    `services of ${drill.hostName} work before the fault`,
    said === '',
    said || 'each verification passes, its transaction included',
  );
}

/** Kills what runs all the time on a host, but for what its names lead to; each must come up again by itself. */
async function kill(drill: Drill): Promise<void> {
  drill.progress.waiting(`the services of ${drill.hostName} to come up again after a kill`);
  const killed = killable(await plansOfMember(drill)).map(({ name, health }) => ({
    service: name,
    unit: health.unit,
    url: health.url ?? health.sourcedUrl,
  }));
  drill.healed = await killServices(need(drill.sshTarget, 'the address'), killed);
  const gone = killed.filter(({ service }) => !drill.healed.has(service)).map(({ service }) => service);
  drill.record.check(
    `killed services of ${drill.hostName} come up again by themselves`,
    gone.length === 0,
    gone.length
      ? `not: ${gone.join(', ')}`
      : `${killed.length} services, the last one after ${Math.max(0, ...drill.healed.values()).toFixed(1)} s`,
  );
}

/** Waits for a heartbeat that says that what was written at a moment can be restored. */
async function stored(drill: Drill, since: number): Promise<void> {
  const client = storeClient(storeAdminOf(drill));
  const plans = (await plansOfMember(drill)).filter(({ name }) => name !== 'gitea');
  const until = Date.now() + STORED_MS;
  let missing: string[] = ['no heartbeat'];
  try {
    while (missing.length && Date.now() < until) {
      const [beat] = await heartbeatsOf(client, bucketOf('fleet', drill.declaration.stack, drill.hostName));
      const at = (value: string | null | undefined) => (value ? Date.parse(value) : 0);
      missing = plans.flatMap((plan) =>
        PARTS.filter((part) => plan.dataset?.[part] && at(beat?.datasets[plan.name]?.[part]?.newest) < since).map(
          (part) => `${plan.name}/${part}`,
        ),
      );
      drill.progress.waiting(`the store to hold ${missing.length} more datasets of ${drill.hostName}`);
      if (missing.length) await sleep(1000, undefined, { signal: drill.signal });
    }
  } finally {
    client.destroy();
  }
  drill.record.check(
    `store holds the services of ${drill.hostName}`,
    missing.length === 0,
    missing.length ? `not yet: ${missing.join(', ')}` : `${((Date.now() - since) / 1000).toFixed(1)} s after the write`,
  );
}

/** The figures of every service of the hosts that died. */
export async function compareServices(drill: Drill): Promise<void> {
  const strike = need(drill.record.fault, 'the fault');
  const { record } = drill;
  const rpo =
    record.rpo.length && record.rpo.every(({ seconds }) => seconds !== null)
      ? Math.max(...record.rpo.map(({ seconds }) => seconds ?? 0))
      : null;
  for (const member of lostOf(drill)) {
    drill.progress.waiting(`the services of ${member.hostName}`);
    const target = need(member.sshTarget, 'the address');
    const found = await readProbes(target).catch((error) => {
      record.check(`reading back the services of ${member.hostName}`, false, messageOf(error));
      return new Map<string, number[]>();
    });
    const rows = figuresOf({
      host: member.hostName,
      plans: await plansOfMember(member),
      faultAt: strike.at,
      steps: record.steps.list,
      acknowledged: member.probes,
      found,
      verified: await verifyServices(target),
      healed: member.healed,
      measured: { gitea: { rto: record.rto.fresh, rtoObjective: forgeRtoObjective(drill), rpo } },
    });
    record.services.push(...rows);
    const counted = [...member.probes].flatMap(([key, moments]) =>
      moments.map((moment) => found.get(key)?.includes(moment) ?? false),
    );
    record.check(
      `writes to the services of ${member.hostName}`,
      counted.some(Boolean),
      `${counted.filter(Boolean).length} of ${counted.length} acknowledged ones are there`,
    );
  }
  record.checks.push(...checksOf(record.services, sharesOf(drill)));
  if (drill.beside && lostOf(drill).includes(drill.beside)) await buildsBeside(drill, 'after the rebuild');
}

/** A job of the forge runs on the host beside it. */
async function buildsBeside(drill: Drill, when: string): Promise<void> {
  const { declaration, hostName } = need(drill.beside, 'the stack beside');
  const { role } = hostOf(need(drill.beside, 'the stack beside'));
  drill.progress.waiting(`a job of the forge to run on ${hostName}`);
  const { ok, said } = await runJob(drill, role);
  drill.record.check(`a job of the forge runs on ${hostName} ${when}`, ok, `${declaration.stack}: ${said}`);
}

/** What runs on a member's host. */
export async function plansOfMember(drill: Drill): Promise<ServicePlan[]> {
  const { passphrase } = need(drill.stack, 'the stack');
  return plansOf(
    drill.declaration,
    hostOf(drill),
    settingsOf(await StackFile.open(drill.workspace.configFile, passphrase), drill.declaration),
  );
}
