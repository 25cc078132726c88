/** One host of the fleet, from nothing to protected: the rebuild as a resource graph. */
import * as pulumi from '@pulumi/pulumi';
import { plansOf, type ServicePlan } from '../services';
import type { Host as HostDeclaration } from '../stacks';
import type { Configuration } from './configuration';
import { Cutover } from './cutover';
import { deferred } from './deferred';
import { handover, otherHosts } from './handover';
import { firstOf } from './inputs';
import type { MachineMaker } from './machines/driver';
import { machinesOf } from './machines/slots';
import { Preflight } from './preflight';
import { Protection } from './protection';
import { built, Provision, stocked } from './provision';

import { Service } from './service';
import { Standby } from './standby';
import { StoreAccess } from './store-access';
import { takeover } from './takeover';

export interface HostArgs {
  configuration: Configuration;
  host: HostDeclaration;
  /** Makes its machines and its address. */
  maker: MachineMaker;
  /** The other hosts of the stack have let go of what is no longer theirs. */
  othersConverged: Array<Promise<pulumi.Resource>>;
}

export class Host extends pulumi.ComponentResource {
  readonly address: pulumi.Output<string>;
  readonly reservedIp: pulumi.Output<string>;
  readonly incarnation: pulumi.Output<string>;
  /** Name of the firewall of its machine. */
  readonly firewall: pulumi.Output<string>;
  /** Nothing runs here any more that is not declared here. */
  readonly converged: pulumi.Resource;
  /** Everything on it is back and backed up. */
  readonly done: pulumi.Resource[];

  constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:host:Host', name, {}, opts);
    const { configuration, host, maker } = args;
    const { declaration, settings, secrets } = configuration;
    const parent = { parent: this };
    const plans = plansOf(declaration, host, settings);

    const entrance = maker.entrance(name, host, parent);
    const { primary, standby, generation } = machinesOf(host.name, settings);
    const preflight = new Preflight({
      configuration,
      host,
      plans,
      reservedIp: entrance.address,
      generation,
      standby: standby?.name,
    });
    const machine = maker.machine(
      primary.name,
      {
        host,
        plans,
        preflight: preflight.beforeMachine(),
        entrance,
        replacementTrigger: primary.replacementTrigger,
      },
      parent,
    );
    const store = new StoreAccess(
      name,
      {
        stack: declaration.stack,
        host: host.name,
        incarnation: machine.incarnation,
        settings,
        lockDays: declaration.backup.lockDays,
        admin: { accessKey: secrets.storeAccessKey, secretKey: secrets.storeSecretKey },
      },
      parent,
    );
    const critical = plans.filter((plan) => plan.critical);
    const others = plans.filter((plan) => !plan.critical);
    const provision = new Provision(
      name,
      {
        machine,
        declaration,
        host,
        settings,
        plans,
        first: firstOf(plans),
        store,
        secrets,
        beforeFirst: preflight.beforeFirstConnection(machine),
      },
      parent,
    );
    const takenOver = deferred<pulumi.Resource>();
    const made = new Map<string, Service>();
    const make = (
      plan: ServicePlan,
      ready: pulumi.Resource[],
      stock: pulumi.Resource,
      before: pulumi.Resource[] = [],
    ) => {
      const packages = [
        stock,
        ...built(`${name}-${plan.name}`, machine, plan, settings, { ...parent, dependsOn: [stock] }),
      ];
      const needs = plan.dependsOn.flatMap((needed) => made.get(needed) ?? []);
      made.set(
        plan.name,
        new Service(
          `${name}-${plan.name}`,
          { machine, plan, settings, secrets, ready, packages, before: [takenOver.promise, ...before], needs },
          parent,
        ),
      );
    };
    // What they need comes in meanwhile.
    for (const plan of critical) make(plan, [provision.scripts], provision.ready);
    const installed = [...made.values()].map((service) => service.installed);
    takenOver.resolve(
      takeover(
        name,
        { machine, preflight, hasStandby: standby !== undefined },
        { ...parent, dependsOn: [provision.ready, store.ready, ...installed] },
      ),
    );
    // What the names wait for has the machine to itself until they lead to it.
    const cutover = new Cutover(
      name,
      {
        machine,
        host,
        settings,
        entrance,
        certificateSeconds: declaration.certificateSeconds,
        critical: [...made.values()],
      },
      parent,
    );
    const served = critical.length ? cutover.done : [];
    const packages =
      (critical.length &&
        stocked(name, machine, others, critical, settings, { ...parent, dependsOn: [provision.ready, ...served] })) ||
      provision.ready;
    const ready = [provision.ready, ...served];
    // A list of promises, not a promise of a list: that one the SDK would look through, over and over, down to each resource's members.
    const letGo = [takenOver.promise, ...ready, ...args.othersConverged];
    const movable = others.filter((plan) => plan.movable);
    const elsewhere = otherHosts(declaration, host, settings);
    const taken =
      movable.length && elsewhere.length
        ? [
            handover(
              name,
              {
                declaration,
                host,
                settings,
                incarnation: machine.incarnation,
                movable,
                elsewhere,
                admin: { accessKey: secrets.storeAccessKey, secretKey: secrets.storeSecretKey },
                resticPassword: secrets.resticPassword,
              },
              { ...parent, dependsOn: letGo },
            ),
          ]
        : [];
    for (const plan of others) make(plan, ready, packages, plan.movable ? taken : []);
    const services = [...made.values()];
    const protection = new Protection(name, { machine, services, after: cutover.done }, parent);
    this.converged = protection.converged;
    this.done = protection.done;
    // Last, so that a rebuild never waits for it. Without plans: no port of a service is open on it.
    if (standby)
      new Standby(
        `${name}-standby`,
        {
          configuration,
          host,
          machine: maker.machine(
            standby.name,
            { host, plans: [], after: protection.done, replacementTrigger: standby.replacementTrigger },
            parent,
          ),
          plans,
          ...settings.standby[host.name],
        },
        parent,
      );

    maker.watch(name, host, plans, parent);

    this.address = machine.address;
    this.reservedIp = entrance.address;
    this.incarnation = machine.incarnation;
    this.firewall = machine.firewall;
    this.registerOutputs({ address: this.address, reservedIp: this.reservedIp, incarnation: this.incarnation });
  }
}
