/**
 * A machine that waits to be the primary: provisioned, the critical services installed and stopped, their newest restore points staged on a
 * timer. It reaches the store with a key that reads, has no name, no backups and no open port but SSH.
 */
import * as pulumi from '@pulumi/pulumi';
import type { ServicePlan } from '../services';
import type { Host } from '../stacks';
import type { Configuration } from './configuration';
import { listOfNames } from './inputs';
import type { Machine } from './machines/driver';
import { Provision } from './provision';
import { readerAccess } from './reader-access';
import { remoteStep } from './remote-step';
import { fill } from './service';
import { bucketOf, standbyOf } from './store/names';

export interface StandbyArgs {
  configuration: Configuration;
  host: Host;
  machine: Machine;
  plans: ServicePlan[];
  everyMinutes: number;
}

export class Standby extends pulumi.ComponentResource {
  constructor(
    name: string,
    { configuration, host, machine, plans, everyMinutes }: StandbyArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super('fleet:host:Standby', name, {}, opts);
    const { declaration, settings, secrets } = configuration;
    const parent = { parent: this };
    const critical = plans.filter((plan) => plan.critical);
    const bucket = bucketOf(settings.store.bucketPrefix, declaration.stack, host.name);
    const reader = readerAccess(
      name,
      { configuration, bucket, accessKey: standbyOf(bucket), incarnation: machine.incarnation },
      parent,
    );
    const provision = new Provision(
      name,
      { machine, declaration, host, settings, plans, first: critical, store: reader, isStandby: true, secrets },
      parent,
    );
    const installed = critical.map((plan) =>
      remoteStep(
        `${name}-${plan.name}-install`,
        machine,
        { run: ['install', plan.name], stdin: fill(plan, secrets), timeout: '5m' },
        { ...parent, dependsOn: [provision.scripts] },
      ),
    );
    remoteStep(
      `${name}-wait`,
      machine,
      {
        run: ['standby', String(everyMinutes)],
        stdin: JSON.stringify(listOfNames(critical.filter(({ dataset }) => dataset))),
        content: JSON.stringify(critical.map(({ dataset }) => dataset ?? null)),
        timeout: '60m',
      },
      { ...parent, dependsOn: [...installed, provision.ready, reader.ready] },
    );
    this.registerOutputs({});
  }
}
