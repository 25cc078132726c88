/** All hosts of a stack. */
import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import type { Configuration } from './configuration';
import { Host } from './host';

export class Fleet extends pulumi.ComponentResource {
  readonly hosts: Record<string, Host>;

  constructor(name: string, configuration: Configuration, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:index:Fleet', name, {}, opts);
    const { declaration, settings } = configuration;
    const sshKey = new digitalocean.SshKey('deploy', { name: `${declaration.stack}-deploy`, publicKey: settings.deployPublicKey }, { parent: this });
    this.hosts = Object.fromEntries(declaration.hosts.map((host) => [host.name, new Host(host.name, { configuration, host, sshKey }, { parent: this })]));
    this.registerOutputs({});
  }
}
