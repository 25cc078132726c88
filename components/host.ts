/** One host of the fleet, from nothing to protected: the rebuild as a resource graph. */
import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import { plansOf } from '../services';
import type { Host as HostDeclaration } from '../stacks';
import type { Configuration } from './configuration';
import { Cutover } from './cutover';
import { Droplet } from './droplet';
import { preflightHook } from './preflight';
import { Protection } from './protection';
import { Provision } from './provision';
import { Service } from './service';
import { StoreAccess } from './store-access';

export interface HostArgs {
  configuration: Configuration;
  host: HostDeclaration;
  sshKey: digitalocean.SshKey;
}

export class Host extends pulumi.ComponentResource {
  readonly address: pulumi.Output<string>;
  readonly reservedIp: pulumi.Output<string>;
  readonly incarnation: pulumi.Output<string>;

  constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:host:Host', name, {}, opts);
    const { configuration, host } = args;
    const { declaration, settings, secrets } = configuration;
    const parent = { parent: this };
    const plans = plansOf(declaration, host, settings);

    const reservedIp = new digitalocean.ReservedIp(name, { region: host.region }, { ...parent, protect: declaration.protect });
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
    const provision = new Provision(name, { machine, declaration, host, settings, plans, store, secrets }, parent);
    const services = plans.reduce<Service[]>((made, plan) => {
      const needs = made.filter((service) => plan.dependsOn.includes(service.plan.name));
      // What the names wait for has the machine to itself until it is verified.
      const after = plan.critical ? [] : made.filter((service) => service.plan.critical);
      const service = new Service(`${name}-${plan.name}`, { machine, plan, settings, secrets, provisioned: provision.ready, packages: provision.packages, storeReady: store.ready, needs, after }, parent);
      return [...made, service];
    }, []);
    const cutover = new Cutover(name, { machine, host, settings, reservedIp, services }, parent);
    new Protection(name, { machine, services, after: cutover.done }, parent);

    this.address = machine.address;
    this.reservedIp = reservedIp.ipAddress;
    this.incarnation = machine.incarnation;
    this.registerOutputs({ address: this.address, reservedIp: this.reservedIp, incarnation: this.incarnation });
  }
}
