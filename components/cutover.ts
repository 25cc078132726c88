/** Moves the public names to the machine, once its critical services are verified, and tries them through those names. */
import * as cloudflare from '@pulumi/cloudflare';
import * as pulumi from '@pulumi/pulumi';
import type { Host } from '../stacks';
import type { Settings } from '../stacks/model/settings';
import { publicName } from '../services';
import { recordHooks } from './network/existing-record';
import type { Entrance, Machine } from './machines/driver';
import { onlyGiven, remoteStep } from './remote-step';
import type { Service } from './service';

export interface CutoverArgs {
  machine: Machine;
  host: Host;
  settings: Settings;
  entrance: Entrance;
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

    const lead = args.entrance.leadTo(name, args.machine, gate);
    const records = args.host.publicNames.map(
      (label) =>
        new cloudflare.DnsRecord(
          `${name}-${label}`,
          {
            zoneId: args.settings.zone.id,
            name: publicName(label, args.settings.zone.name),
            type: 'A',
            content: args.entrance.address,
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
              args.entrance.address,
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
          { parent: this, dependsOn: [...lead, ...records] },
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
        { parent: this, dependsOn: [...lead, ...records] },
      );
    }
    this.done = [...lead, ...records, ...tried];
    this.registerOutputs({});
  }
}
