/** Moves the public names to the machine, once its critical services are verified, and tries them through those names. */
import * as cloudflare from '@pulumi/cloudflare';
import * as digitalocean from '@pulumi/digitalocean';
import * as pulumi from '@pulumi/pulumi';
import type { Host } from '../stacks';
import type { Settings } from '../stacks/model/settings';
import { publicName } from '../services';
import { recordHooks } from './existing';
import type { Machine } from './machine';
import { onlyGiven, remoteStep } from './remote-step';
import type { Service } from './service';

export interface CutoverArgs {
  machine: Machine;
  host: Host;
  settings: Settings;
  reservedIp: digitalocean.ReservedIp;
  /** For how long it waits for certificates that had to be ordered. */
  certificateSeconds: number;
  /** The services that gate it. */
  critical: Service[];
}

/** "VPS Recovery Runbook", step 8: TTL 300 seconds. */
export const NAME_TTL_SECONDS = 300;

export class Cutover extends pulumi.ComponentResource {
  /** Every public name leads to the machine and works. Whether clients trust it yet is not waited for: that is up to the certificate authority. */
  readonly done: pulumi.Resource[];

  constructor(name: string, args: CutoverArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:host:Cutover', name, {}, opts);
    const gate = { parent: this, dependsOn: args.critical.map((service) => service.verified) };

    const assignment = new digitalocean.ReservedIpAssignment(
      name,
      { ipAddress: args.reservedIp.ipAddress, dropletId: args.machine.incarnation.apply(Number) },
      { ...gate, customTimeouts: { create: '5m' } },
    );
    const records = args.host.publicNames.map(
      (label) =>
        new cloudflare.DnsRecord(
          `${name}-${label}`,
          {
            zoneId: args.settings.zone.id,
            name: publicName(label, args.settings.zone.name),
            type: 'A',
            content: args.reservedIp.ipAddress,
            ttl: NAME_TTL_SECONDS,
            proxied: false,
          },
          // One of another type must go before: a zone takes no alias beside an address.
          {
            ...gate,
            deleteBeforeReplace: true,
            transformations: [onlyGiven],
            hooks: recordHooks(
              publicName(label, args.settings.zone.name),
              args.settings.zone.id,
              args.reservedIp.ipAddress,
              args.machine.address,
            ),
          },
        ),
    );
    const tried = args.critical
      .filter((service) => service.plan.hooks.includes('transaction'))
      .map((service) =>
        remoteStep(
          `${name}-${service.plan.name}-public`,
          args.machine,
          {
            run: [
              'transaction',
              service.plan.name,
              `https://${publicName(args.host.publicNames[0], args.settings.zone.name)}`,
            ],
            timeout: '10m',
          },
          { parent: this, dependsOn: [assignment, ...records] },
        ),
      );
    for (const { plan } of args.critical.filter(({ plan: { hooks } }) => hooks.includes('certificates'))) {
      remoteStep(
        `${name}-${plan.name}-certificates`,
        args.machine,
        {
          run: ['certificates', plan.name, String(args.certificateSeconds)],
          identity: ['certificates', plan.name],
          content: JSON.stringify(args.host.publicNames),
          timeout: `${args.certificateSeconds + 300}s`,
        },
        { parent: this, dependsOn: [assignment, ...records] },
      );
    }
    this.done = [assignment, ...records, ...tried];
    this.registerOutputs({});
  }
}
