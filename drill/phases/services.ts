/** The services beside the forge: that each works and is in the store before the fault, is written to until it, and what came back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../scripts/lib/errors';
import { PARTS } from '../../components/store/plan';
import { forgeRtoObjective, hostOf, sharesOf, type Fleet, type Seeded, type Stack, type Strike } from '../context';
import { killServices, readProbes, runTimed, verifyServices, type Verified } from '../services/host';
import { runJob } from '../services/job';
import { checksOf, figuresOf, killable } from '../services/judge';
import { Probing } from '../services/probing';
import { plansOfHost } from '../settings';
import { heartbeat } from '../store';

/** Bounds against waiting for ever: until a service runs from the forge once its repository is there, and for settling time and a backup of each. */
const HEALTHY_MS = 600_000;
const STORED_MS = 600_000;
/** A service that passes only because it has nothing to do yet. */
const WAITS = /is waiting for its source|is not registered yet/;

/** What the services of the hosts that die went through before the fault. */
export interface Served {
  /** Who writes to them, until the fault. */
  probing: Probing;
  /** Seconds until a service that was killed was up again by itself, by host. */
  healed: Map<Stack, Map<string, number>>;
}

/** Waits until every service works and a first write of each is in the store; from then on each is written to. */
export async function services({ forge, beside, members, lost }: Fleet): Promise<Served> {
  for (const member of members) await healthy(member);
  if (beside) await buildsBeside(forge, beside, 'before the fault');
  const healed: Served['healed'] = new Map();
  for (const member of lost) healed.set(member, await kill(member));
  const began = Date.now();
  const probing = new Probing(lost);
  const refused = await probing.begin();
  forge.record.check('every dataset takes a write', refused === '', refused || 'acknowledged');
  for (const member of lost) await stored(member, began);
  probing.goOn().catch(() => undefined);
  return { probing, healed };
}

async function healthy(drill: Stack): Promise<void> {
  const until = Date.now() + HEALTHY_MS;
  const { sshTarget: target } = drill;
  const timed = (await plansOfHost(drill)).flatMap(({ health }) =>
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
async function kill(drill: Stack): Promise<Map<string, number>> {
  drill.progress.waiting(`the services of ${drill.hostName} to come up again after a kill`);
  const killed = killable(await plansOfHost(drill)).map(({ name, health }) => ({
    service: name,
    unit: health.unit,
    url: health.url ?? health.sourcedUrl,
  }));
  const healed = await killServices(drill.sshTarget, killed);
  const gone = killed.filter(({ service }) => !healed.has(service)).map(({ service }) => service);
  drill.record.none(
    `killed services of ${drill.hostName} come up again by themselves`,
    gone,
    `${killed.length} services, the last one after ${Math.max(0, ...healed.values()).toFixed(1)} s`,
    'not: ',
  );
  return healed;
}

/** Waits for a heartbeat that says that what was written at a moment can be restored. */
async function stored(drill: Stack, since: number): Promise<void> {
  const plans = (await plansOfHost(drill)).filter(({ name }) => name !== 'gitea');
  const at = (value: string | null | undefined) => (value ? Date.parse(value) : 0);
  const until = Date.now() + STORED_MS;
  let missing: string[] = [];
  do {
    if (missing.length) await sleep(1000, undefined, { signal: drill.signal });
    const beat = await heartbeat(drill);
    missing = plans.flatMap((plan) =>
      PARTS.filter((part) => plan.dataset?.[part] && at(beat?.datasets[plan.name]?.[part]?.newest) < since).map(
        (part) => `${plan.name}/${part}`,
      ),
    );
    drill.progress.waiting(`the store to hold ${missing.length} more datasets of ${drill.hostName}`);
  } while (missing.length && Date.now() < until);
  const after = `${((Date.now() - since) / 1000).toFixed(1)} s after the write`;
  drill.record.none(`store holds the services of ${drill.hostName}`, missing, after, 'not yet: ');
}

/** The figures of every service of the hosts that died. */
export async function compareServices(
  fleet: Fleet,
  { probing, healed }: Served,
  { at: faultAt }: Strike,
): Promise<void> {
  const { forge, beside, lost } = fleet;
  const { record, progress } = forge;
  const rpo =
    record.rpo.length && record.rpo.every(({ seconds }) => seconds !== null)
      ? Math.max(...record.rpo.map(({ seconds }) => seconds ?? 0))
      : null;
  for (const member of lost) {
    progress.waiting(`the services of ${member.hostName}`);
    const found = await readProbes(member.sshTarget).catch((error) => {
      record.check(`reading back the services of ${member.hostName}`, false, messageOf(error));
      return new Map<string, number[]>();
    });
    const acknowledged = probing.acknowledgedBy(member);
    const rows = figuresOf({
      host: member.hostName,
      plans: await plansOfHost(member),
      faultAt,
      steps: record.steps.list,
      acknowledged,
      found,
      verified: await verifyServices(member.sshTarget),
      healed: healed.get(member) ?? new Map(),
      measured: {
        gitea: { rto: record.rto.fresh, rtoObjective: forgeRtoObjective(forge.declaration, forge.options.scope), rpo },
      },
    });
    record.services.push(...rows);
    const counted = [...acknowledged].flatMap(([key, moments]) =>
      moments.map((moment) => found.get(key)?.includes(moment) ?? false),
    );
    record.check(
      `writes to the services of ${member.hostName}`,
      counted.some(Boolean),
      `${counted.filter(Boolean).length} of ${counted.length} acknowledged ones are there`,
    );
  }
  record.checks.push(...checksOf(record.services, sharesOf(forge)));
  if (beside && lost.includes(beside)) await buildsBeside(forge, beside, 'after the rebuild');
}

/** A job of the forge runs on the host beside it. */
async function buildsBeside(forge: Seeded, beside: Stack, when: string): Promise<void> {
  const { declaration, hostName } = beside;
  forge.progress.waiting(`a job of the forge to run on ${hostName}`);
  const { ok, said } = await runJob(forge, hostOf(beside).role.name);
  forge.record.check(`a job of the forge runs on ${hostName} ${when}`, ok, `${declaration.stack}: ${said}`);
}
