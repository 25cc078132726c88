/**
 * Proves the backups of another stack: its hosts and services once more, restored from its store and verified, closed before any data is on
 * them. It has no address, no name, no backups and no way to write to the store; `fleet verify` makes it and takes it away.
 */
import * as pulumi from '@pulumi/pulumi';
import { plansOf, type ServicePlan } from '../services';
import type { Host } from '../stacks';
import type { Configuration } from './configuration';
import type { MachineMaker } from './machines/driver';
import { makersOf } from './machines/makers';
import { built, Provision, stocked } from './provision';
import { readerAccess } from './reader-access';
import { remoteStep } from './remote-step';
import { Service } from './service';
import { bucketOf, readerOf } from './store/names';

export class Proof extends pulumi.ComponentResource {
  constructor(name: string, configuration: Configuration, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:index:Proof', name, {}, opts);
    const makerOf = makersOf(configuration, { parent: this });
    for (const host of configuration.declaration.hosts) this.host(configuration, host, makerOf(host));
    this.registerOutputs({});
  }

  private host(configuration: Configuration, host: Host, maker: MachineMaker): void {
    const { declaration, settings, secrets } = configuration;
    const { name } = host;
    const parent = { parent: this };
    const plans = withData(plansOf(declaration, host, settings));
    // Without its plans: no port of a service is open to anybody.
    const machine = maker.machine(name, { host, plans: [], replacementTrigger: settings.rebuild[name] ?? 0 }, parent);

    const bucket = bucketOf(settings.store.bucketPrefix, declaration.proves ?? '', name);
    const reader = readerAccess(
      name,
      { configuration, bucket, accessKey: readerOf(bucket), incarnation: machine.incarnation },
      parent,
    );

    const critical = plans.filter((plan) => plan.critical);
    const first = critical.length ? critical : plans;
    const provision = new Provision(
      name,
      { machine, declaration, host, settings, plans, first, store: reader, secrets },
      parent,
    );
    const stock =
      stocked(
        name,
        machine,
        plans.filter((plan) => !first.includes(plan)),
        first,
        settings,
        { ...parent, dependsOn: [provision.ready] },
      ) ?? provision.ready;
    const packages = [
      stock,
      ...plans.flatMap((plan) =>
        built(`${name}-${plan.name}`, machine, plan, settings, { ...parent, dependsOn: [stock] }),
      ),
    ];
    const isolated = remoteStep(
      `${name}-isolate`,
      machine,
      { run: ['isolate'], timeout: '2m' },
      { ...parent, dependsOn: [...packages, reader.ready] },
    );
    const made = new Map<string, Service>();
    for (const plan of plans) {
      const needs = plan.dependsOn.flatMap((needed) => made.get(needed) ?? []);
      made.set(
        plan.name,
        new Service(
          `${name}-${plan.name}`,
          { machine, plan, settings, secrets, ready: [isolated], packages, before: [isolated], needs },
          parent,
        ),
      );
    }
  }
}

/** The services that have something to lose, and those that these need. */
function withData(plans: ServicePlan[]): ServicePlan[] {
  const wanted = new Set(plans.filter(({ dataset }) => dataset).map(({ name }) => name));
  // Dependencies come first in the list, so one pass from its end finds them all.
  for (const { name, dependsOn } of [...plans].reverse())
    if (wanted.has(name)) dependsOn.forEach((needed) => wanted.add(needed));
  return plans.filter(({ name }) => wanted.has(name));
}
