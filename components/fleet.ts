/** All hosts of a stack. */
import * as pulumi from '@pulumi/pulumi';
import type { Configuration } from './configuration';
import { deferred } from './deferred';
import { Host } from './host';
import { makersOf } from './machines/makers';
import { named } from './steps';

export class Fleet extends pulumi.ComponentResource {
  readonly hosts: Record<string, Host>;

  /** `checkLease` throws when another update has taken the stack over meanwhile; nothing is asked in a preview. */
  constructor(name: string, configuration: Configuration, checkLease = () => Promise.resolve()) {
    super('fleet:index:Fleet', name);
    const { declaration } = configuration;
    const makerOf = makersOf(configuration, { parent: this });
    // Hosts wait for each other's steps, so each of them is promised until it is drawn.
    const converged = new Map(
      declaration.hosts.map((host) => [named(host.name).converge, deferred<pulumi.Resource>()]),
    );
    this.hosts = Object.fromEntries(
      declaration.hosts.map((host) => {
        const made = new Host(
          host.name,
          { configuration, host, maker: makerOf(host), checkLease, elsewhere: (step) => converged.get(step)?.promise },
          { parent: this },
        );
        converged.get(named(host.name).converge)?.resolve(made.converged);
        return [host.name, made];
      }),
    );
    this.registerOutputs({});
  }
}
