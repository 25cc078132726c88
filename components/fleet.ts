/** All hosts of a stack. */
import * as pulumi from '@pulumi/pulumi';
import type { Configuration } from './configuration';
import { deferred } from './deferred';
import { Host } from './host';
import { makersOf } from './machines/makers';

export class Fleet extends pulumi.ComponentResource {
  readonly hosts: Record<string, Host>;

  constructor(name: string, configuration: Configuration, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:index:Fleet', name, {}, opts);
    const { declaration } = configuration;
    const makerOf = makersOf(configuration, { parent: this });
    // An agent that moves is let go by its old host before its new one takes it over, so each host waits for the others to converge.
    const converged = Object.fromEntries(declaration.hosts.map((host) => [host.name, deferred<pulumi.Resource>()]));
    const others = (name: string) =>
      declaration.hosts.filter((host) => host.name !== name).map((host) => converged[host.name].promise);
    this.hosts = Object.fromEntries(
      declaration.hosts.map((host) => {
        const made = new Host(
          host.name,
          { configuration, host, maker: makerOf(host), othersConverged: others(host.name) },
          { parent: this },
        );
        converged[host.name].resolve(made.converged);
        return [host.name, made];
      }),
    );
    this.registerOutputs({});
  }
}
