/** How the program makes droplets, and what belongs to them. */
import * as digitalocean from '@pulumi/digitalocean';
import type * as pulumi from '@pulumi/pulumi';
import { publicName, type ServicePlan } from '../../../services';
import type { Host } from '../../../stacks';
import type { Configuration } from '../../configuration';
import type { Entrance, MachineArgs, MachineMaker } from '../driver';
import { slotsOf } from '../slots';
import { tagOf } from '../tag';
import { Droplet } from './droplet';
import { reservedIp } from './entrance';
import { addressHooks, keyHooks } from './existing';
import { Uptime } from './uptime';

export class DropletMaker implements MachineMaker {
  /** The deploy key as registered with the account. */
  private readonly sshKey: digitalocean.SshKey;

  constructor(
    private readonly configuration: Configuration,
    opts: pulumi.CustomResourceOptions,
  ) {
    const { declaration, settings } = configuration;
    const name = `${declaration.stack}-deploy`;
    this.sshKey = new digitalocean.SshKey(
      'deploy',
      { name, publicKey: settings.deployPublicKey },
      { ...opts, hooks: keyHooks(name, settings.deployPublicKey) },
    );
  }

  entrance(name: string, host: Host, opts: pulumi.CustomResourceOptions & { parent: pulumi.Resource }): Entrance {
    const { declaration, settings } = this.configuration;
    const hooks = addressHooks({
      host: host.name,
      zoneId: settings.zone.id,
      names: host.publicNames.map((label) => publicName(label, settings.zone.name)),
      tags: slotsOf(host.name).map((slot) => tagOf(declaration, slot)),
      parent: opts.parent.urn,
    });
    return reservedIp(name, host, { ...opts, protect: declaration.protect, hooks });
  }

  machine(name: string, args: MachineArgs, opts: pulumi.ComponentResourceOptions): Droplet {
    return new Droplet(name, { ...args, configuration: this.configuration, sshKey: this.sshKey }, opts);
  }

  watch(name: string, host: Host, plans: ServicePlan[], opts: pulumi.ComponentResourceOptions): void {
    const { declaration, settings } = this.configuration;
    if (declaration.uptime && host.publicNames.length)
      new Uptime(name, { host, plans, settings, uptime: declaration.uptime }, opts);
  }
}
