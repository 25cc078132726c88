/** All hosts of a stack. */
import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import type { Configuration } from './configuration';
import { deferred } from './deferred';
import { keyHooks } from './existing';
import { Host } from './host';

export class Fleet extends pulumi.ComponentResource {
  readonly hosts: Record<string, Host>;

  constructor(name: string, configuration: Configuration, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:index:Fleet', name, {}, opts);
    const { declaration, settings } = configuration;
    const sshKey = new digitalocean.SshKey(
      'deploy',
      { name: `${declaration.stack}-deploy`, publicKey: settings.deployPublicKey },
      { parent: this, hooks: keyHooks(`${declaration.stack}-deploy`, settings.deployPublicKey) },
    );
    // An agent that moves is let go by its old host before its new one takes it over, so each host waits for the others to converge.
    const converged = Object.fromEntries(declaration.hosts.map((host) => [host.name, deferred<pulumi.Resource>()]));
    const others = (name: string) =>
      declaration.hosts.filter((host) => host.name !== name).map((host) => converged[host.name].promise);
    this.hosts = Object.fromEntries(
      declaration.hosts.map((host) => {
        const made = new Host(
          host.name,
          { configuration, host, sshKey, othersConverged: others(host.name) },
          { parent: this },
        );
        converged[host.name].resolve(made.converged);
        return [host.name, made];
      }),
    );
    this.registerOutputs({});
  }
}
