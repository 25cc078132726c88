/** Steps that bring a site of a store back: what is on it comes from the other site, because there is no store to back it up to. */
import type { Host } from '../../stacks';
import { otherSite } from '../../stacks/model/sites';
import { cutover, machine, preflight } from './cutover';
import { provision } from './machine';
import { certificates, service, transactions } from './service';
import { named, type Step, type Subject } from './step';
import { writer } from './store';

/** Every step of a site. */
export function site(subject: Subject): Step[] {
  const { plans, host } = subject;
  const prepared = [
    preflight,
    machine(subject),
    // No account of the store is made for it: the key that every host gets opens nothing.
    ...provision(subject, plans, writer(subject), true),
  ];
  return host.role.store === 'serves' ? [...prepared, ...serving(subject)] : [...prepared, ...copying(subject)];
}

const each = ({ name, plans }: Subject, step: string) => plans.map((plan) => named(name).of(plan.name, step));
const all = (steps: Step[]) => steps.map(({ name }) => name);

/** Its name leads to it once it is verified. */
function serving(subject: Subject): Step[] {
  const { name, plans } = subject;
  const at = named(name);
  const services = plans.map((plan) =>
    service(subject, plan, { install: [at.scripts], restore: [refilled(name)], start: [at.provision] }),
  );
  const moved = cutover(subject, each(subject, 'verify'));
  const tried = transactions(subject, plans, all(moved));
  return [
    ...services.map(([installed]) => installed),
    ...refill(subject, [at.provision, ...each(subject, 'install')]),
    ...services.flatMap(([, ...steps]) => steps),
    ...moved,
    ...tried,
    ...certificates(subject, plans, all([...moved, ...tried])),
  ];
}

/** The first site finds it as soon as it is there. It is verified once the first one serves, because it follows it. */
function copying(subject: Subject): Step[] {
  const at = named(subject.name);
  const services = subject.plans.flatMap((plan) =>
    service(subject, plan, { install: [at.scripts], restore: [at.provision], start: [at.provision] }),
  );
  const verified = services.filter(({ name }) => each(subject, 'verify').includes(name));
  const moved = cutover(subject, each(subject, 'start'));
  const served = servedBy(otherSite(subject.declaration, subject.host));
  return [
    ...services.filter((step) => !verified.includes(step)),
    ...moved,
    ...verified.map((step) => ({ ...step, after: [...step.after, ...all(moved), ...served] })),
  ];
}

const refilled = (name: string) => named(name).of('store', 'refill');

/** The first site stops where it is still there, the second follows it a last time, and the new machine takes all of it. */
function refill(subject: Subject, after: string[]): Step[] {
  const { name, settings } = subject;
  const at = named(name);
  return [
    {
      name: at.takeover,
      stage: 'takeover',
      does: 'the machine that served until now, where it is still there, stops; the second site follows it a last time',
      kind: 'hook',
      run: [],
      after,
      timeout: '60m',
    },
    {
      name: refilled(name),
      stage: 'critical',
      does: settings.bootstrap
        ? 'an empty store, unless the other site holds one'
        : 'takes everything from the other site',
      kind: 'script',
      run: ['services/store/refill', ...(settings.bootstrap ? ['--bootstrap'] : [])],
      // Taking `bootstrap` out must not touch a store that serves.
      identity: ['refill'],
      after: [at.takeover, ...heldBy(otherSite(subject.declaration, subject.host))],
      timeout: '12h',
      service: 'store',
    },
  ];
}

/** What must be done on the first site for the second to follow it. */
const servedBy = (first: Host): string[] => [named(first.name).of('store', 'public')];

/** What must be done on the second site for it to tell the first what it holds. */
const heldBy = (second: Host): string[] => [named(second.name).of('store-copy', 'start')];

/** Steps of a site that the other one waits for. */
export const awaitedOf = (host: Host): string[] => (host.role.store === 'serves' ? servedBy(host) : heldBy(host));
