/** Realises any ServicePlan on a machine: install → restore → check beside start → verify. */
import * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../stacks/model/settings';
import type { ServicePlan } from '../services';
import { filled, secretsIn } from './inputs';
import type { Machine } from './machines/driver';
import { remoteStep, type Text } from './remote-step';

export interface ServiceArgs {
  machine: Machine;
  plan: ServicePlan;
  settings: Settings;
  secrets: Record<string, pulumi.Output<string>>;
  /** The machine takes this service's files and units: what comes first is verified. */
  ready: pulumi.Resource[];
  /** Every package and program that the service needs is there. */
  packages: pulumi.Resource[];
  /** What comes before the restore: the machine took over, with its tools and its key to the store; and what the service left elsewhere. */
  before: Array<pulumi.Resource | Promise<pulumi.Resource>>;
  /** Services that this one needs started. */
  needs: Service[];
}

export class Service extends pulumi.ComponentResource {
  readonly plan: ServicePlan;
  readonly installed: pulumi.Resource;
  readonly started: pulumi.Resource;
  readonly verified: pulumi.Resource;

  constructor(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:service:Service', name, {}, opts);
    const { machine, plan, settings } = args;
    const parent = { parent: this };
    this.plan = plan;

    const whole = fill(plan, args.secrets);
    const install = remoteStep(
      `${name}-install`,
      machine,
      { run: ['install', plan.name], stdin: whole, timeout: '5m' },
      { ...parent, dependsOn: args.ready },
    );
    const restore = remoteStep(
      `${name}-restore`,
      machine,
      // How it was restored is settled once it is: taking `restoreAt` or `bootstrap` out must not restore a running service again.
      { run: restoreCommand(plan, settings), identity: ['restore', plan.name], timeout: '60m' },
      { ...parent, dependsOn: [install, ...args.before], ignoreChanges: ['create'] },
    );
    this.installed = install;
    this.started = remoteStep(
      `${name}-start`,
      machine,
      { run: ['start', plan.name], content: whole, timeout: '10m' },
      { ...parent, dependsOn: [restore, ...args.packages, ...args.needs.map((need) => need.started)] },
    );
    // The data is checked while the service starts on it; both gate the verification.
    const hasData = plan.dataset?.database || plan.dataset?.repositories;
    const checked = hasData
      ? [
          remoteStep(
            `${name}-check`,
            machine,
            { run: ['check', plan.name], content: whole, timeout: '30m' },
            { ...parent, dependsOn: [restore, ...args.packages] },
          ),
        ]
      : [];
    this.verified = remoteStep(
      `${name}-verify`,
      machine,
      { run: ['verify', plan.name, '--checked'], content: whole, timeout: '30m' },
      { ...parent, dependsOn: [this.started, ...checked] },
    );
    this.registerOutputs({});
  }
}

/** The restore of a dataset; a service without one has nothing to restore and the script says so. */
function restoreCommand(plan: ServicePlan, settings: Settings): string[] {
  return [
    'restore',
    plan.name,
    ...(settings.restoreAt ? ['--at', settings.restoreAt] : []),
    ...(settings.bootstrap ? ['--bootstrap'] : []),
  ];
}

/** The plan as JSON text, with its `{{secret:NAME}}` places filled in; secret as a whole where it has any. */
export function fill(plan: ServicePlan, secrets: Record<string, pulumi.Output<string>>): Text {
  const names = secretsIn(plan);
  if (!names.length) return JSON.stringify(plan);
  return pulumi.secret(
    pulumi
      .all(names.map((name) => secrets[name]))
      .apply((values) => filled(plan, Object.fromEntries(names.map((name, index) => [name, values[index]])))),
  );
}
