/** One host of the fleet, from nothing to protected: the rebuild as a resource graph. */
import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import { plansOf, type ServicePlan } from '../services';
import type { Host as HostDeclaration } from '../stacks';
import type { Configuration } from './configuration';
import { Cutover } from './cutover';
import { Droplet } from './droplet';
import { handover, otherHosts } from './handover';
import { firstOf } from './inputs';
import { preflightHook } from './preflight';
import { Protection } from './protection';
import { Provision, stocked } from './provision';
import { givenAnd } from './remote-step';
import { Service } from './service';
import { StoreAccess } from './store-access';
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
  /** Nothing runs here any more that is not declared here. */
  readonly converged: pulumi.Resource;

  constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:host:Host', name, {}, opts);
    const { configuration, host } = args;
    const { declaration, settings, secrets } = configuration;
    const parent = { parent: this };
    const plans = plansOf(declaration, host, settings);

    const reservedIp = new digitalocean.ReservedIp(name, { region: host.region }, { ...parent, protect: declaration.protect, transformations: [givenAnd('ipAddress')] });
    const machine = new Droplet(
      name,
      {
        declaration,
        host,
        settings,
        plans,
        reservedIp,
        sshKey: args.sshKey,
        deployPrivateKey: secrets.deployPrivateKey,
        hostKey: { private: secrets[`hostKey-${host.name}`], public: configuration.hostKeys[host.name] },
        preflight: preflightHook(name, { configuration, host, plans, reservedIp: reservedIp.ipAddress }),
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
        retentionDays: declaration.backup.retentionDays,
        admin: { accessKey: secrets.storeAccessKey, secretKey: secrets.storeSecretKey },
      },
      parent,
    );
    const critical = plans.filter((plan) => plan.critical);
    const others = plans.filter((plan) => !plan.critical);
    const provision = new Provision(name, { machine, declaration, host, settings, plans, first: firstOf(plans), store, secrets }, parent);
    const made = new Map<string, Service>();
    const make = (plan: ServicePlan, ready: pulumi.Resource[], packages: pulumi.Resource, before: pulumi.Resource[] = []) => {
      const needs = plan.dependsOn.flatMap((needed) => made.get(needed) ?? []);
      made.set(plan.name, new Service(`${name}-${plan.name}`, { machine, plan, settings, secrets, ready, packages, before: [store.ready, ...before], needs }, parent));
    };
    for (const plan of critical) make(plan, [provision.ready], provision.packages);
    // What the names wait for has the machine to itself until they lead to it.
    const cutover = new Cutover(name, { machine, host, settings, reservedIp, critical: [...made.values()] }, parent);
    const served = critical.length ? cutover.done : [];
    const packages = (critical.length && stocked(name, machine, others, critical, { ...parent, dependsOn: [provision.packages, ...served] })) || provision.packages;
    const ready = [provision.ready, ...served];
    // A list of promises, not a promise of a list: that one the SDK would look through, over and over, down to each resource's members.
    const letGo = [store.ready, ...ready, ...args.othersConverged];
    const movable = others.filter((plan) => plan.movable);
    const elsewhere = otherHosts(declaration, host, settings);
    const taken = movable.length && elsewhere.length
      ? [
          handover(
            name,
            { declaration, host, settings, incarnation: machine.incarnation, movable, elsewhere, admin: { accessKey: secrets.storeAccessKey, secretKey: secrets.storeSecretKey } },
            { ...parent, dependsOn: letGo },
          ),
        ]
      : [];
    for (const plan of others) make(plan, ready, packages, plan.movable ? taken : []);
    const services = [...made.values()];
    this.converged = new Protection(name, { machine, services, after: cutover.done }, parent).converged;

    if (declaration.uptime && host.publicNames.length) new Uptime(name, { host, plans, settings, uptime: declaration.uptime }, parent);

    this.address = machine.address;
    this.reservedIp = reservedIp.ipAddress;
    this.incarnation = machine.incarnation;
    this.registerOutputs({ address: this.address, reservedIp: this.reservedIp, incarnation: this.incarnation });
  }
}
