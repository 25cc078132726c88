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
import { Restores } from './restores';
import { proof } from './steps';
import { bucketOf } from '../stacks/model/names';

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
    const plans = plansOf(declaration, host, settings);
    const bucket = bucketOf(
      settings.store.bucketPrefix,
      { fleet: declaration.fleet, stack: declaration.proves ?? '' },
      name,
    );
    const hooks = new Restores({ configuration, host, bucket, plans, machine }).hooks();
    new Graph(proof({ name, declaration, host, settings, plans }), { machine, secrets, hooks }, this);
  }
}
