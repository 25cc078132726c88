/** One host of the fleet, from nothing to protected: the rebuild as a resource graph. */
import * as pulumi from '@pulumi/pulumi';
import { plansOf } from '../services';
import type { Host as HostDeclaration } from '../stacks';
import { required } from '../stacks/model/required';
import type { Configuration } from './configuration';
import { cutoverMakers } from './cutover';
import { Graph, type GraphArgs } from './graph';
import type { MachineMaker } from './machines/driver';
import { machinesOf } from './machines/slots';
import { Preflight } from './preflight';
import { Restores } from './restores';
import { Standby } from './standby';
import { named, rebuild } from './steps';
import { bucketOf } from '../stacks/model/names';

export interface HostArgs {
  configuration: Configuration;
  host: HostDeclaration;
  /** Makes its machines and its address. */
  maker: MachineMaker;
  /** Throws when another update has taken the stack over. */
  checkLease: () => Promise<void>;
  /** Resources of steps of the stack's other hosts. */
  elsewhere: GraphArgs['elsewhere'];
}

export class Host extends pulumi.ComponentResource {
  readonly address: pulumi.Output<string>;
  readonly entrance: pulumi.Output<string>;
  readonly incarnation: pulumi.Output<string>;
  /** Name of the firewall of its machine. */
  readonly firewall: pulumi.Output<string>;
  /** Nothing runs here any more that is not declared here. */
  readonly converged: pulumi.Resource;
  /** Everything on it is back and backed up. */
  readonly done: pulumi.Resource[];

  constructor(name: string, args: HostArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:host:Host', name, {}, opts);
    const { configuration, host, maker, checkLease } = args;
    const { declaration, settings, secrets } = configuration;
    const parent = { parent: this };
    const plans = plansOf(declaration, host, settings);
    const subject = { name, declaration, host, settings, plans };
    const at = named(name);

    const entrance = maker.entrance(name, host, parent);
    const { primary, standby, generation } = machinesOf(host.name, settings);
    const preflight = new Preflight({
      configuration,
      host,
      plans,
      entrance: entrance.address,
      generation,
      standby: standby?.name,
      checkLease,
    });
    const beforeCutover = new pulumi.ResourceHook(`lease-${name}`, checkLease);
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
    const graph = new Graph(
      rebuild(subject),
      {
        machine,
        secrets,
        hooks: {
          [at.scripts]: preflight.beforeFirstConnection(machine),
          [at.takeover]: preflight.beforeTakeover(machine),
          address: beforeCutover,
          names: beforeCutover,
          ...new Restores({
            configuration,
            host,
            bucket: bucketOf(settings.store.bucketPrefix, declaration, host.name),
            plans,
            machine,
          }).hooks(),
        },
        makers: cutoverMakers({ machine, host, settings, entrance }),
        elsewhere: args.elsewhere,
      },
      this,
    );
    this.converged = required(graph.of(at.converge)[0], at.converge);
    this.done = graph.before(at.discover);
    // Last, so that a rebuild never waits for it. Without plans: no port of a service is open on it.
    if (standby)
      new Standby(
        `${name}-standby`,
        subject,
        {
          machine: maker.machine(
            standby.name,
            { host, plans: [], after: this.done, replacementTrigger: standby.replacementTrigger },
            parent,
          ),
          secrets,
        },
        parent,
      );

    maker.watch(name, host, plans, parent);

    this.address = machine.address;
    this.entrance = entrance.address;
    this.incarnation = machine.incarnation;
    this.firewall = machine.firewall;
    this.registerOutputs({ address: this.address, entrance: this.entrance, incarnation: this.incarnation });
  }
}
