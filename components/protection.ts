/** Backups on, under the incarnation's own prefix and key, the first one read back; and the host converged to its services. */
import * as pulumi from '@pulumi/pulumi';
import { listOfNames } from './inputs';
import type { Machine } from './machines/driver';
import { remoteStep } from './remote-step';
import type { Service } from './service';

export interface ProtectionArgs {
  machine: Machine;
  services: Service[];
  /** Protection starts once the names have moved, so that it never delays them. */
  after: pulumi.Resource[];
}

export class Protection extends pulumi.ComponentResource {
  /** Nothing is left on the machine that is not declared for it. */
  readonly converged: pulumi.Resource;
  /** Backups of everything are on. */
  readonly done: pulumi.Resource[];

  constructor(name: string, args: ProtectionArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:host:Protection', name, {}, opts);
    const { machine, services, after } = args;
    const parent = { parent: this };
    const converged = remoteStep(
      `${name}-converge`,
      machine,
      { run: ['converge'], stdin: namesOf(services), timeout: '30m' },
      { ...parent, dependsOn: services.map((service) => service.installed) },
    );
    const protect = (label: string, some: Service[], dependsOn: pulumi.Resource[]) =>
      remoteStep(
        label,
        machine,
        {
          run: ['protect'],
          stdin: namesOf(some),
          content: JSON.stringify(some.map((service) => service.plan.dataset ?? null)),
          timeout: '60m',
        },
        { ...parent, dependsOn: [...dependsOn, ...some.map((service) => service.verified)] },
      );
    this.converged = converged;
    const critical = services.filter((service) => service.plan.critical);
    const others = services.filter((service) => !service.plan.critical);
    // What the names lead to does not wait for the others to be back before its backups go on.
    const first = critical.length ? [protect(`${name}-protect`, critical, after)] : after;
    const all = others.length ? [protect(`${name}-protect-others`, others, [converged, ...first])] : first;
    this.done = all;
    remoteStep(
      `${name}-discover`,
      machine,
      { run: ['discover'], content: namesOf(services), timeout: '10m' },
      { ...parent, dependsOn: all },
    );
    this.registerOutputs({});
  }
}

const namesOf = (services: Service[]) => JSON.stringify(listOfNames(services.map((service) => service.plan)));
