/**
 * What is done to a machine, step by step: for a rebuild, for the proof of a stack's backups, for a standby, and for a site of a store. Each list is in an order in
 * which a person can do one step after the other; the graph does side by side what does not wait for each other. Pure.
 */
import type { ServicePlan } from '../../services';
import { bucketOf } from '../../stacks/model/names';
import { readerOf, standbyOf } from '../store/names';
import { cutover, fence, machine, preflight } from './cutover';
import { builds, isolate, packages, provision } from './machine';
import { converge, discover, protect, wait } from './protection';
import { certificates, service, transactions } from './service';
import { named, type Step, type Subject } from './step';
import { handover, reader, readerKey, storeKey, takeover, writer } from './store';

export { HOST_FOLDER } from './machine';
export { awaitedOf, site } from './site';
export { named, SCRIPTS, type Stage, type Step, type Subject, type Template, type Text, type Values } from './step';

/** Brings a host back, from nothing to protected. Critical services run alone until the cutover. */
export function rebuild(subject: Subject): Step[] {
  const { critical, others, first, rest } = grouped(subject.plans);
  const at = named(subject.name);
  const each = (plans: ServicePlan[], step: string) => plans.map((plan) => at.of(plan.name, step));

  const gating = critical.map((plan) =>
    service(subject, plan, { install: [at.scripts], restore: [at.takeover], start: [at.provision] }),
  );
  const moved = cutover(subject, each(critical, 'verify'));
  const tried = transactions(subject, critical, all(moved));
  const served = all([...moved, ...tried]);
  const ready = [at.provision, ...(critical.length ? served : [])];
  const missing = packages(subject, rest, first, ready);
  const stocked = missing.length ? [at.packages] : [at.provision];
  const moves = handover(
    subject,
    others.filter((plan) => plan.movable),
    [at.takeover, ...ready],
  );
  const safe = critical.length ? [at.protect] : served;

  return [
    preflight,
    machine(subject),
    storeKey(subject),
    ...provision(subject, first, writer(subject)),
    ...builds(subject, first, [at.provision]),
    ...gating.map(([installed]) => installed),
    fence,
    takeover(subject, [at.provision, at.storeKey, ...each(critical, 'install')]),
    ...gating.flatMap(([, ...steps]) => steps),
    ...moved,
    ...tried,
    // The proxy drops requests as it takes over new settings, so nothing is tried through it meanwhile.
    ...certificates(subject, critical, served),
    ...protect(subject, critical, { name: at.protect, stage: 'cutover', after: served }),
    ...moves,
    ...missing,
    ...builds(subject, rest, stocked),
    ...others.flatMap((plan) =>
      service(subject, plan, {
        install: ready,
        restore: [at.takeover, ...(plan.movable ? all(moves) : [])],
        start: stocked,
      }),
    ),
    converge(subject, ready),
    ...protect(subject, others, { name: at.protectOthers, stage: 'protect', after: [at.converge, ...safe] }),
    discover(subject, others.length ? [at.protectOthers] : safe),
  ];
}

/** Restores and verifies everything that has data on a machine that is closed before any data is on it: no names, no backups, no way to write. */
export function proof(subject: Subject): Step[] {
  const plans = withData(subject.plans);
  const { first, rest } = grouped(plans);
  const at = named(subject.name);
  const { fleet, stack, proves = stack } = subject.declaration;
  const bucket = bucketOf(subject.settings.store.bucketPrefix, { fleet, stack: proves }, subject.host.name);
  const account = reader(bucket, readerOf(bucket));
  const prepared = [readerKey(subject, account), ...provision({ ...subject, plans }, first, account)];
  const missing = packages(subject, rest, first, [at.provision]);
  const stocked = missing.length ? [at.packages] : [at.provision];
  const built = builds(subject, plans, stocked);
  return [
    ...prepared,
    ...missing,
    ...built,
    isolate(subject, [at.readerKey, ...stocked, ...all(built)]),
    ...plans.flatMap((plan) =>
      service(subject, plan, { install: [at.isolate], restore: [at.isolate], start: stocked }),
    ),
  ];
}

/** Prepares a machine to be the primary and lets it stage restore points on a timer; its critical services are installed and stopped. */
export function standby(subject: Subject): Step[] {
  const { critical } = grouped(subject.plans);
  const at = named(subject.name);
  const bucket = bucketOf(subject.settings.store.bucketPrefix, subject.declaration, subject.host.name);
  const account = reader(bucket, standbyOf(bucket));
  const installs = critical.map((plan) => service(subject, plan, { install: [at.scripts], restore: [], start: [] })[0]);
  return [
    readerKey(subject, account),
    ...provision(subject, critical, account, true),
    ...installs,
    wait(subject, critical, [at.provision, at.readerKey, ...all(installs)]),
  ];
}

const all = (steps: Step[]): string[] => steps.map(({ name }) => name);

/** `first` are the services that a machine is prepared for first: the critical ones, or all where none is critical. */
function grouped(plans: ServicePlan[]) {
  const critical = plans.filter((plan) => plan.critical);
  const others = plans.filter((plan) => !plan.critical);
  return critical.length
    ? { critical, others, first: critical, rest: others }
    : { critical, others, first: others, rest: [] };
}

/** The services that have something to lose, and those that these need. */
function withData(plans: ServicePlan[]): ServicePlan[] {
  const wanted = new Set(plans.filter(({ dataset }) => dataset).map(({ name }) => name));
  // Dependencies come first in the list, so one pass from its end finds them all.
  for (const { name, dependsOn } of [...plans].reverse())
    if (wanted.has(name)) dependsOn.forEach((needed) => wanted.add(needed));
  return plans.filter(({ name }) => wanted.has(name));
}
