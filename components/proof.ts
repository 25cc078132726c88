/**
 * Proves the backups of another stack: its hosts and services once more, restored from its store and verified, closed before any data is on
 * them. It has no address, no name, no backups and no way to write to the store; `fleet verify` makes it and takes it away.
 */
import * as pulumi from '@pulumi/pulumi';
import { plansOf } from '../services';
import type { Host } from '../stacks';
import type { Configuration } from './configuration';
import { Graph } from './graph';
import type { MachineMaker } from './machines/driver';
import { makersOf } from './machines/makers';
import { proof } from './steps';

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
    // Without its plans: no port of a service is open to anybody.
    const machine = maker.machine(name, { host, plans: [], replacementTrigger: settings.rebuild[name] ?? 0 }, parent);
    new Graph(
      proof({ name, declaration, host, settings, plans: plansOf(declaration, host, settings) }),
      { machine, secrets },
      this,
    );
  }
}
