/** One site of a store: its machine, what it takes from the other site, and the name that leads there. */
import * as pulumi from '@pulumi/pulumi';
import { plansOf } from '../services';
import type { Host as HostDeclaration } from '../stacks';
import { hostPublicKey } from '../stacks/model/settings';
import type { Configuration } from './configuration';
import { cutoverMakers } from './cutover';
import { Graph, type GraphArgs } from './graph';
import type { Entrance, MachineMaker } from './machines/driver';
import { machinesOf } from './machines/slots';
import { SitePreflight } from './preflight/site';
import { named, site } from './steps';

export interface SiteArgs {
  configuration: Configuration;
  host: HostDeclaration;
  maker: MachineMaker;
  entrance: Entrance;
  /** Where the other site is reached. */
  other: Entrance;
  /** Resources of the other site's steps. */
  elsewhere: GraphArgs['elsewhere'];
}

export class Site extends pulumi.ComponentResource {
  readonly address: pulumi.Output<string>;
  readonly entrance: pulumi.Output<string>;
  readonly incarnation: pulumi.Output<string>;
  readonly firewall: pulumi.Output<string>;
  readonly done: pulumi.Resource[];
  private readonly graph: Graph;

  constructor(name: string, args: SiteArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:store:Site', name, {}, opts);
    const { configuration, host, maker, entrance, other } = args;
    const { declaration, settings, secrets, hostKeys } = configuration;
    const parent = { parent: this };
    const plans = plansOf(declaration, host, settings);
    const preflight = new SitePreflight({ configuration, host, entrance: entrance.address, other: other.address });
    const { primary } = machinesOf(name, settings);
    const machine = maker.machine(
      primary.name,
      {
        host,
        plans,
        preflight: preflight.beforeMachine(),
        entrance,
        logsInTo: [other.address],
        replacementTrigger: primary.replacementTrigger,
      },
      parent,
    );
    const known = Object.fromEntries(
      Object.entries(hostKeys).map(([of, key]) => [hostPublicKey(of), pulumi.output(key)]),
    );
    const steps = site({ name, declaration, host, settings, plans });
    this.graph = new Graph(
      steps,
      {
        machine,
        secrets: { ...secrets, ...known },
        hooks: {
          [named(name).scripts]: preflight.beforeFirstConnection(machine),
          [named(name).takeover]: preflight.beforeTakeover(machine),
        },
        makers: cutoverMakers({ machine, host, settings, entrance }),
        elsewhere: args.elsewhere,
      },
      this,
    );
    if (host.role.store === 'serves') maker.watch(name, host, plans, parent);
    this.done = plans.flatMap((plan) => this.of(named(name).of(plan.name, 'verify')));
    this.address = machine.address;
    this.entrance = entrance.address;
    this.incarnation = machine.incarnation;
    this.firewall = machine.firewall;
    this.registerOutputs({ address: this.address, entrance: this.entrance, incarnation: this.incarnation });
  }

  /** The resources of a step. */
  of(step: string): pulumi.Resource[] {
    return this.graph.of(step);
  }
}
