/** Backups on, under the incarnation's own prefix and key, the first one read back; and the host converged to its services. */
import * as pulumi from '@pulumi/pulumi';
import type { Machine } from './machine';
import { remoteStep } from './remote-step';
import type { Service } from './service';

export interface ProtectionArgs {
  machine: Machine;
  services: Service[];
  /** Protection starts once the names have moved, so that it never delays them. */
  after: pulumi.Resource[];
}

export class Protection extends pulumi.ComponentResource {
  constructor(name: string, args: ProtectionArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:host:Protection', name, {}, opts);
    const names = { services: args.services.map((service) => service.plan.name).sort() };
    const datasets = args.services.map((service) => service.plan.dataset ?? null);
    const converged = remoteStep(
      `${name}-converge`,
      args.machine,
      { run: ['converge'], stdin: names, timeout: '30m' },
      { parent: this, dependsOn: args.services.map((service) => service.installed) },
    );
    remoteStep(
      `${name}-protect`,
      args.machine,
      { run: ['protect'], stdin: names, content: datasets, timeout: '60m' },
      { parent: this, dependsOn: [converged, ...args.after, ...args.services.map((service) => service.verified)] },
    );
    this.registerOutputs({});
  }
}
