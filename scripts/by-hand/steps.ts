/**
 * A rebuild as a list: the steps that the program runs on a host, in an order in which a person can run them one by one.
 * The names are those of the resource graph; a test holds the list against what the program registers.
 */
import {
  accountOf,
  artifactsOf,
  buildPackagesOf,
  firstOf,
  filled,
  keyRequest,
  listOfNames,
  manifestOf,
  packagesBeyond,
  packagesOf,
  sourcesOf,
  type TakeoverInput,
} from '../../components/inputs';
import type { ServicePlan } from '../../services';
import type { Declaration, Host } from '../../stacks';
import type { Settings } from '../../stacks/model/settings';

/** What an input is made of. `secrets` by key, without the namespace. */
export interface Values {
  settings: Settings;
  secrets: Record<string, string>;
  incarnation: string;
  /** The machine's own address, for the step that needs it. */
  address?: string;
}

export type Stage = 'provision' | 'takeover' | 'critical' | 'cutover' | 'others' | 'protect';

export interface Step {
  /** Name of the resource. */
  name: string;
  stage: Stage;
  /** Script below host with its arguments, run on the host; or a program of the project, run here. */
  run: string[];
  where: 'host' | 'here';
  does: string;
  /** JSON for its standard input; absent where it reads none. */
  input?: (values: Values) => unknown;
}

/** Every step of one host. `publicName` is the first of its names, if it has any. */
export function stepsOf(declaration: Declaration, host: Host, plans: ServicePlan[], publicName?: string): Step[] {
  const first = firstOf(plans);
  const critical = plans.filter((plan) => plan.critical);
  const others = plans.filter((plan) => !plan.critical);
  return [
    ...provisioning(declaration, host, plans, first),
    ...critical.map((plan) => install(host, plan, 'provision')),
    takeover(declaration, host),
    ...critical.flatMap((plan) => serviceSteps(host, plan, 'critical')),
    ...critical
      .filter(({ hooks }) => publicName && hooks.includes('transaction'))
      .map((plan) => tried(host, plan, publicName ?? '')),
    ...critical
      .filter(({ hooks }) => hooks.includes('certificates'))
      .map((plan) =>
        step(
          `${host.name}-${plan.name}-certificates`,
          'cutover',
          ['certificates', plan.name, String(declaration.certificateSeconds)],
          `orders certificates for names that have none, and waits, at most ${declaration.certificateSeconds} s, until clients trust them; without one it alarms`,
        ),
      ),
    ...protect(`${host.name}-protect`, critical, 'cutover'),
    ...(critical.length ? stock(host, others, critical) : []),
    ...others.flatMap((plan) => [install(host, plan, 'others'), ...serviceSteps(host, plan, 'others')]),
    step(
      `${host.name}-converge`,
      'protect',
      ['converge'],
      'what this host no longer has is backed up, stopped and retired',
      () => listOfNames(plans),
    ),
    ...protect(`${host.name}-protect-others`, others, 'protect'),
    step(`${host.name}-discover`, 'protect', ['discover'], 'fails when a database on the host belongs to no dataset'),
  ];
}

const step = (name: string, stage: Stage, run: string[], does: string, input?: Step['input']): Step => ({
  name,
  stage,
  run,
  where: 'host',
  does,
  ...(input ? { input } : {}),
});

const accountFor = (declaration: Declaration, host: Host, { settings, secrets, incarnation }: Values) =>
  accountOf(settings, declaration.stack, host.name, incarnation, secrets.storeSecretKey);
const adminOf = ({ secrets }: Values) => ({ accessKey: secrets.storeAccessKey, secretKey: secrets.storeSecretKey });

/** Where the machine becomes the primary; the one that was must be off. */
function takeover(declaration: Declaration, host: Host): Step {
  const input = (values: Values): TakeoverInput => ({
    store: values.settings.store,
    admin: adminOf(values),
    account: accountFor(declaration, host, values),
    hasStandby: values.settings.standby[host.name] !== undefined,
    registration: {
      stack: declaration.stack,
      host: host.name,
      incarnation: values.incarnation,
      address: values.address ?? '',
      generation: values.settings.rebuild[host.name] ?? 0,
    },
  });
  return {
    name: `${host.name}-takeover`,
    stage: 'takeover',
    run: ['scripts/takeover.ts'],
    where: 'here',
    does: 'writes down that this machine is the primary; every older key is withdrawn',
    input,
  };
}

function provisioning(declaration: Declaration, host: Host, plans: ServicePlan[], first: ServicePlan[]): Step[] {
  const key: Step = {
    name: host.name,
    stage: 'provision',
    run: ['scripts/store-key.ts'],
    where: 'here',
    does: 'bucket, and an account for this incarnation, which may do nothing yet',
    input: (values) =>
      keyRequest(
        values.settings,
        declaration.backup.lockDays,
        adminOf(values),
        accountFor(declaration, host, values),
        values.settings.standby[host.name] !== undefined,
      ),
  };
  return [
    key,
    step(
      `${host.name}-provision`,
      'provision',
      ['provision', '--packages', packagesOf(first).join(',')],
      'packages, binaries, users, firewall, access to the store',
      (values) =>
        manifestOf({
          declaration,
          host,
          plans,
          first,
          settings: values.settings,
          incarnation: values.incarnation,
          account: accountFor(declaration, host, values),
          secrets: { backupIdentity: values.secrets.backupIdentity, resticPassword: values.secrets.resticPassword },
        }),
    ),
    step(`${host.name}-sshd`, 'provision', ['sshd-harden', 'apply'], 'hardens SSH; reverts itself unless confirmed'),
    step(`${host.name}-sshd-confirm`, 'provision', ['sshd-harden', 'confirm'], 'confirms it, in a session of its own'),
  ];
}

function stock(host: Host, others: ServicePlan[], critical: ServicePlan[]): Step[] {
  const packages = packagesBeyond(others, critical);
  if (!packages.length && !others.some(({ artifacts }) => artifacts.length)) return [];
  return [
    step(
      `${host.name}-packages-others`,
      'others',
      ['packages', packages.join(',')],
      'packages and binaries of all other services',
      ({ settings }) => ({ artifacts: artifactsOf(others, settings) }),
    ),
  ];
}

const install = (host: Host, plan: ServicePlan, stage: Stage): Step =>
  step(
    `${host.name}-${plan.name}-install`,
    stage,
    ['install', plan.name],
    'users, folders, files, units; nothing is started',
    ({ secrets }) => JSON.parse(filled(plan, secrets)) as unknown,
  );

/** What follows the installation of a service. */
function serviceSteps(host: Host, plan: ServicePlan, stage: Stage): Step[] {
  const name = `${host.name}-${plan.name}`;
  const hasData = plan.dataset?.database || plan.dataset?.repositories;
  const build = buildPackagesOf(plan);
  return [
    step(
      `${name}-restore`,
      stage,
      ['restore', plan.name],
      plan.dataset ? 'its data from the store' : 'nothing to restore; says so',
    ),
    ...(build.length
      ? [
          step(
            `${name}-build`,
            stage,
            ['packages', build.join(',')],
            'its program, of which nobody publishes a binary, from its pinned source',
            ({ settings }) => ({ artifacts: sourcesOf(plan, settings) }),
          ),
        ]
      : []),
    step(`${name}-start`, stage, ['start', plan.name], 'starts it and waits until it is healthy'),
    ...(hasData ? [step(`${name}-check`, stage, ['check', plan.name], 'is the data whole?')] : []),
    step(
      `${name}-verify`,
      stage,
      ['verify', plan.name, '--checked'],
      plan.hooks.includes('transaction') ? 'does it work? then a real transaction' : 'does it work?',
    ),
  ];
}

const tried = (host: Host, plan: ServicePlan, publicName: string): Step =>
  step(
    `${host.name}-${plan.name}-public`,
    'cutover',
    ['transaction', plan.name, `https://${publicName}`],
    'the same transaction through the public name',
  );

function protect(name: string, plans: ServicePlan[], stage: Stage): Step[] {
  return plans.length
    ? [
        step(name, stage, ['protect'], 'backups on under this incarnation’s own key, the first ones read back', () =>
          listOfNames(plans),
        ),
      ]
    : [];
}
