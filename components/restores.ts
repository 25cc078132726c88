/** Brings each service's plan to its machine, just before the service is restored there: by then nothing writes to what it names any more. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import type { ServicePlan } from '../services';
import type { Host } from '../stacks';
import { hostKeyOf, secretOf, type Configuration } from './configuration';
import type { Machine } from './machines/driver';
import { warnOf } from './preflight/restore-point';
import { settled } from './settled';
import { ssh } from './ssh';
import { named, SCRIPTS } from './steps';
import { planOf } from './store/choice';
import { withStore } from './store/client';
import type { Plan } from './store/plan';
import { incarnationsOf, type Incarnation } from './store/restore-points';

export interface RestoresArgs {
  configuration: Configuration;
  host: Host;
  /** Bucket of the backups. */
  bucket: string;
  plans: ServicePlan[];
  machine: Machine;
}

/** Variable of the environment: the folder in which a proof is told by which plans it restored. */
export const PLANS_FOLDER = 'FLEET_PLANS_FOLDER';

/** Where the plan of a service lies there. */
export const planFile = (folder: string, host: string, service: string): string =>
  join(folder, `${host}.${service}.json`);

export class Restores {
  private incarnations?: Promise<Incarnation[]>;

  constructor(private readonly args: RestoresArgs) {}

  /** What runs before the restore of each service, by the step's name; nothing on an empty start. */
  hooks(): Record<string, pulumi.ResourceHook> {
    const { configuration, host, plans } = this.args;
    if (configuration.settings.bootstrap) return {};
    return Object.fromEntries(
      plans
        .filter(({ dataset }) => dataset)
        .map((plan) => {
          const step = named(host.name).of(plan.name, 'restore');
          return [step, new pulumi.ResourceHook(`plan-${step}`, () => this.send(plan))];
        }),
    );
  }

  private async send(service: ServicePlan): Promise<void> {
    const { configuration, host, machine } = this.args;
    const [privateKey, address] = await Promise.all([
      settled(secretOf(configuration, 'deployPrivateKey')),
      settled(machine.address),
    ]);
    const target = { host: address, privateKey, hostKey: hostKeyOf(configuration, host.name) };
    const plan = await this.planOf(service);
    const { code, stderr } = await ssh(target, `bash ${SCRIPTS}/plan ${service.name}`, { stdin: JSON.stringify(plan) });
    if (code !== 0) throw new Error(`${host.name} did not take the plan of ${service.name}: ${stderr.trim()}`);
    const folder = process.env[PLANS_FOLDER];
    if (folder !== undefined) writeFileSync(planFile(folder, host.name, service.name), JSON.stringify(plan));
  }

  private async planOf(service: ServicePlan): Promise<Plan> {
    const { configuration, host, bucket } = this.args;
    const { declaration, settings } = configuration;
    const secret = (key: string) => settled(secretOf(configuration, key));
    const [accessKey, secretKey, identity] = await Promise.all([
      secret('storeAccessKey'),
      secret('storeSecretKey'),
      secret('backupIdentity'),
    ]);
    return withStore({ ...settings.store, accessKey, secretKey }, async (client) => {
      const before = settings.restoreAt === undefined ? undefined : Date.parse(settings.restoreAt);
      // What moved here is there only since the machine took over.
      const incarnations = service.movable
        ? undefined
        : await (this.incarnations ??= incarnationsOf(client, bucket, before));
      const source = { client, bucket, host: host.name, incarnations, before, keep: declaration.backup.keep };
      const { plan, overwritten } = await planOf(source, identity, service);
      await warnOf(overwritten);
      return plan;
    });
  }
}
