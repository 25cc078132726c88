/** Makes a bare machine one of the fleet: scripts, packages, users, firewall, store access, hardened SSH. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as command from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { Declaration, Host } from '../stacks';
import type { Settings } from '../stacks/model/settings';
import type { ServicePlan } from '../services';
import { artifactsOf, buildPackagesOf, manifestOf, packagesBeyond, packagesOf, sourcesOf } from './inputs';
import type { Machine } from './machines/driver';
import { remoteStep, SCRIPTS } from './remote-step';
import type { StoreAccess } from './store-access';

export interface ProvisionArgs {
  machine: Machine;
  declaration: Declaration;
  host: Host;
  settings: Settings;
  plans: ServicePlan[];
  /** Those of them that the machine is prepared for first; the others bring their packages later. */
  first: ServicePlan[];
  store: Pick<StoreAccess, 'account'>;
  /** Runs just before the machine is reached for the first time. */
  beforeFirst?: pulumi.ResourceHook;
  /** A machine that only waits to be the host. */
  isStandby?: boolean;
  secrets: Record<string, pulumi.Output<string>>;
}

/** With the slash it is the content that is copied. */
const SOURCE = 'host/';

export class Provision extends pulumi.ComponentResource {
  /** The scripts are there: the machine can be told what it will run. */
  readonly scripts: pulumi.Resource;
  /** The machine takes data, and the services that come first can start on it. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: ProvisionArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:host:Provision', name, {}, opts);
    const parent = { parent: this };

    const scripts = new command.remote.CopyToRemote(
      `${name}-scripts`,
      {
        connection: args.machine.firstConnection,
        source: new pulumi.asset.FileArchive(SOURCE),
        remotePath: SCRIPTS,
        triggers: [args.machine.incarnation],
      },
      {
        ...parent,
        customTimeouts: { create: '5m', update: '5m' },
        hooks: args.beforeFirst && { beforeCreate: [args.beforeFirst] },
      },
    );
    const provision = remoteStep(
      `${name}-provision`,
      args.machine,
      {
        run: ['provision', '--packages', packagesOf(args.first).join(',')],
        stdin: hostInput(args),
        content: JSON.stringify(fingerprint(SOURCE)),
        timeout: '15m',
      },
      { ...parent, dependsOn: [scripts] },
    );
    // Two sessions on purpose: the second one proves that logging in still works, else the first change reverts itself.
    const hardened = remoteStep(
      `${name}-sshd`,
      args.machine,
      { run: ['sshd-harden', 'apply'], timeout: '2m' },
      { ...parent, dependsOn: [scripts] },
    );
    remoteStep(
      `${name}-sshd-confirm`,
      args.machine,
      { run: ['sshd-harden', 'confirm'], timeout: '2m' },
      { ...parent, dependsOn: [hardened] },
    );

    this.scripts = scripts;
    this.ready = provision;
    this.registerOutputs({});
  }
}

/** Brings what these plans need, and the machine has not, to a machine that is provisioned, all of it at once. */
export function stocked(
  name: string,
  machine: Machine,
  plans: ServicePlan[],
  has: ServicePlan[],
  settings: Settings,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource | undefined {
  const packages = packagesBeyond(plans, has);
  const artifacts = artifactsOf(plans, settings);
  if (!packages.length && !artifacts.length) return undefined;
  return remoteStep(
    `${name}-packages-others`,
    machine,
    { run: ['packages', packages.join(',')], stdin: JSON.stringify({ artifacts }), timeout: '30m' },
    opts,
  );
}

/** Builds on the machine what a plan has only sources of; nothing where it has none. */
export function built(
  name: string,
  machine: Machine,
  plan: ServicePlan,
  settings: Settings,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  const packages = buildPackagesOf(plan);
  if (!packages.length) return [];
  return [
    remoteStep(
      `${name}-build`,
      machine,
      {
        run: ['packages', packages.join(',')],
        stdin: JSON.stringify({ artifacts: sourcesOf(plan, settings) }),
        timeout: '60m',
      },
      opts,
    ),
  ];
}

function hostInput({ machine, store, secrets, beforeFirst: _, ...rest }: ProvisionArgs): pulumi.Output<string> {
  return pulumi
    .all([machine.incarnation, store.account, secrets.backupIdentity, secrets.resticPassword])
    .apply(([incarnation, account, backupIdentity, resticPassword]) =>
      JSON.stringify(manifestOf({ ...rest, incarnation, account, secrets: { backupIdentity, resticPassword } })),
    );
}

const fingerprints = new Map<string, string>();

/** Hash over names and contents of a directory tree, which is read once in the life of the program. */
export function fingerprint(directory: string): string {
  const known = fingerprints.get(directory);
  if (known) return known;
  const hash = createHash('sha256');
  for (const name of (readdirSync(directory, { recursive: true }) as string[]).sort()) {
    const path = join(directory, name);
    if (statSync(path).isFile()) hash.update(`${name}\0`).update(readFileSync(path, 'utf8'));
  }
  const digest = hash.digest('hex');
  fingerprints.set(directory, digest);
  return digest;
}
