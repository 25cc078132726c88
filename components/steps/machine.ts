/** Steps that make a bare machine one of the fleet: scripts, packages, users, firewall, store access, hardened SSH. */
import type { ServicePlan } from '../../services';
import { fingerprint } from '../fingerprint';
import { artifactsOf, buildPackagesOf, manifestOf, packagesBeyond, packagesOf, sourcesOf } from '../inputs';
import { ACCOUNT, type Account } from './store';
import { json, named, type Step, type Subject } from './step';

/** Folder that is copied to machines. With the slash it is the content that is copied. */
export const HOST_FOLDER = 'host/';

/** Prepares a machine for the services that come `first`; `isStandby` says that it only waits to be the host. */
export function provision(subject: Subject, first: ServicePlan[], account: Account, isStandby = false): Step[] {
  const { name } = subject;
  const at = named(name);
  const common = { stage: 'provision', part: { type: 'fleet:host:Provision', name } } as const;
  return [
    {
      ...common,
      name: at.scripts,
      does: 'copies `host` to the machine',
      kind: 'copy',
      run: [],
      after: [],
      timeout: '5m',
    },
    {
      ...common,
      name: at.provision,
      does: 'packages, binaries, users, firewall, access to the store',
      kind: 'script',
      run: ['provision', '--packages', packagesOf(first).join(',')],
      stdin: json([...ACCOUNT, 'backupIdentity', 'resticPassword'], (values) =>
        manifestOf({ ...subject, first, account: account(values), isStandby, secrets: values }),
      ),
      content: json([], () => fingerprint(HOST_FOLDER)),
      after: [at.scripts],
      timeout: '15m',
    },
    // Two sessions on purpose: the second one proves that logging in still works, else the first change reverts itself.
    {
      ...common,
      name: `${name}-sshd`,
      does: 'hardens SSH; reverts itself unless confirmed',
      kind: 'script',
      run: ['sshd-harden', 'apply'],
      after: [at.scripts],
      timeout: '2m',
    },
    {
      ...common,
      name: `${name}-sshd-confirm`,
      does: 'confirms it, in a session of its own',
      kind: 'script',
      run: ['sshd-harden', 'confirm'],
      after: [`${name}-sshd`],
      timeout: '2m',
    },
  ];
}

/** Brings what these plans need, and a machine that is prepared for the `first` ones has not, all of it at once; nothing where nothing is missing. */
export function packages(
  { name, settings }: Subject,
  plans: ServicePlan[],
  first: ServicePlan[],
  after: string[],
): Step[] {
  const missing = packagesBeyond(plans, first);
  const artifacts = artifactsOf(plans, settings);
  if (!missing.length && !artifacts.length) return [];
  return [
    {
      name: named(name).packages,
      stage: 'others',
      does: 'packages and binaries of all other services',
      kind: 'script',
      run: ['packages', missing.join(',')],
      stdin: JSON.stringify({ artifacts }),
      after,
      timeout: '30m',
    },
  ];
}

/** Builds on the machine what plans have only sources of. */
export const builds = ({ name, settings }: Subject, plans: ServicePlan[], after: string[]): Step[] =>
  plans.filter(isBuilt).map((plan) => ({
    name: named(name).of(plan.name, 'build'),
    stage: plan.critical ? 'provision' : 'others',
    does: 'its program, of which nobody publishes a binary, from its pinned source',
    kind: 'script',
    run: ['packages', buildPackagesOf(plan).join(',')],
    stdin: JSON.stringify({ artifacts: sourcesOf(plan, settings) }),
    after,
    timeout: '60m',
  }));

export const isBuilt = (plan: ServicePlan): boolean => buildPackagesOf(plan).length > 0;

/** Closes everything but the store, and tries it. */
export const isolate = ({ name }: Subject, after: string[]): Step => ({
  name: named(name).isolate,
  stage: 'provision',
  does: 'closes everything but the store',
  kind: 'script',
  run: ['isolate'],
  after,
  timeout: '2m',
});
