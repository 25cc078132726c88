/** One host of the fleet, from nothing to protected: the rebuild as a resource graph. */
import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import { plansOf, publicName, type ServicePlan } from '../services';
import type { Host as HostDeclaration } from '../stacks';
import type { Configuration } from './configuration';
import { Cutover } from './cutover';
import { deferred } from './deferred';
import { Droplet, type DropletArgs } from './droplet';
import { tagOf } from './droplet-tag';
import { addressHooks } from './existing';
import { handover, otherHosts } from './handover';
import { firstOf } from './inputs';
import { machinesOf, slotsOf, type Slot } from './machines';
import { Preflight } from './preflight';
import { Protection } from './protection';
import { built, Provision, stocked } from './provision';
import { givenAnd } from './remote-step';
import { Service } from './service';
import { Standby } from './standby';
import { StoreAccess } from './store-access';
import { takeover } from './takeover';
import { Uptime } from './uptime';

export interface HostArgs {
  configuration: Configuration;
  host: HostDeclaration;
  sshKey: digitalocean.SshKey;
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
    const { configuration, host } = args;
    const { declaration, settings, secrets } = configuration;
    const parent = { parent: this };
    const plans = plansOf(declaration, host, settings);

    const address = addressHooks({
      host: host.name,
      zoneId: settings.zone.id,
      names: host.publicNames.map((label) => publicName(label, settings.zone.name)),
      tags: slotsOf(host.name).map((slot) => tagOf(declaration.stack, slot)),
      parent: this.urn,
    });
    const reservedIp = new digitalocean.ReservedIp(
      name,
      { region: host.region },
      { ...parent, protect: declaration.protect, transformations: [givenAnd('ipAddress')], hooks: address },
    );
    const { primary, standby, generation } = machinesOf(host.name, settings);
    const hostKey = { private: secrets[`hostKey-${host.name}`], public: configuration.hostKeys[host.name] };
    const droplet = (
      { name: slot, replacementTrigger }: Slot,
      more: Pick<DropletArgs, 'plans' | 'preflight' | 'reservedIp' | 'after'>,
    ) =>
      new Droplet(
        slot,
        {
          declaration,
          host,
          settings,
          sshKey: args.sshKey,
          deployPrivateKey: secrets.deployPrivateKey,
          hostKey,
          replacementTrigger,
          ...more,
        },
        parent,
      );
    const preflight = new Preflight({
      configuration,
      host,
      plans,
      reservedIp: reservedIp.ipAddress,
      generation,
      standby: standby?.name,
    });
    const machine = droplet(primary, { plans, preflight: preflight.beforeMachine(), reservedIp });
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
        reservedIp,
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
          machine: droplet(standby, { plans: [], after: protection.done }),
          plans,
          ...settings.standby[host.name],
        },
        parent,
      );

    if (declaration.uptime && host.publicNames.length)
      new Uptime(name, { host, plans, settings, uptime: declaration.uptime }, parent);

    this.address = machine.address;
    this.reservedIp = reservedIp.ipAddress;
    this.incarnation = machine.incarnation;
    this.firewall = machine.firewall;
    this.registerOutputs({ address: this.address, reservedIp: this.reservedIp, incarnation: this.incarnation });
  }
}
