/** What steps of a rebuild get on their standard input, as plain values. Pure: the program fills it with outputs, `fleet input` with a stack's file. */
import { createHmac } from 'node:crypto';
import { backupPackages, backupTools, fetched, isSource } from '../services/artifacts';
import type { ServicePlan } from '../services';
import type { Declaration, Host } from '../stacks';
import type { Artifact } from '../stacks/outside/artifact';
import { bucketOf, type Owner } from '../stacks/model/names';
import type { Settings } from '../stacks/model/settings';
import { required } from '../stacks/model/required';
import type { StoreAccount } from './store/names';

/** Debian packages of a host, sorted: what backups and restores need, and its services. */
export function packagesOf(plans: ServicePlan[]): string[] {
  return [...new Set([...backupPackages, ...plans.flatMap((plan) => plan.packages)])].sort();
}

/** Debian packages that these plans need beyond a machine that has what others need. */
export function packagesBeyond(plans: ServicePlan[], has: ServicePlan[]): string[] {
  const there = packagesOf(has);
  return packagesOf(plans).filter((name) => !there.includes(name));
}

/** Artifacts of these plans that are laid out on a host as they are. */
export const artifactsOf = (plans: ServicePlan[], settings: Settings): Artifact[] =>
  among(plans, settings, (artifact) => !isSource(artifact));

/** Artifacts of a plan that are built on the host: minutes of compiling that only its own start waits for. */
export const sourcesOf = (plan: ServicePlan, settings: Settings): Artifact[] => among([plan], settings, isSource);

/** Debian packages that the build of a plan's sources needs; none where nothing is built. */
export const buildPackagesOf = (plan: ServicePlan): string[] =>
  [...new Set(plan.artifacts.filter(isSource).flatMap(({ buildPackages }) => buildPackages))].sort();

const among = (plans: ServicePlan[], settings: Settings, which: (artifact: Artifact) => boolean): Artifact[] =>
  plans.flatMap(({ artifacts }) => artifacts.filter(which)).map((artifact) => fetched(artifact, settings));

export interface ManifestArgs {
  declaration: Declaration;
  host: Host;
  settings: Settings;
  plans: ServicePlan[];
  first: ServicePlan[];
  account: StoreAccount;
  /** A machine that only waits to be the host. */
  isStandby: boolean;
  /** With `backupIdentity` and `resticPassword`. */
  secrets: Record<string, string>;
}

/** The manifest with which a bare machine becomes this host. Holds secrets. */
export function manifestOf({
  declaration,
  host,
  settings,
  plans,
  first,
  account,
  isStandby,
  secrets,
}: ManifestArgs): unknown {
  return {
    host: {
      stack: declaration.stack,
      host: host.name,
      incarnation: account.prefix,
      domain: settings.zone.name,
      keep: declaration.backup.keep,
      // What only proves backups, or waits, writes none, so the store need not know that it was there.
      scratch: isStandby || declaration.proves !== undefined,
      store: {
        endpoint: settings.store.endpoint,
        region: settings.store.region,
        bucket: account.bucket,
        prefix: account.prefix,
      },
    },
    store: { accessKey: account.accessKey, secretKey: account.secretKey },
    backup: {
      identity: secrets.backupIdentity,
      recipient: settings.backupRecipient,
      resticPassword: secrets.resticPassword,
    },
    operators: [{ name: 'deploy', publicKey: settings.deployPublicKey }, ...settings.operators],
    publicPorts: plans
      .flatMap((plan) => plan.ports.filter((port) => port.scope === 'public'))
      .map(({ port, protocol }) => ({ port, protocol })),
    artifacts: [...backupTools.map((artifact) => fetched(artifact, settings)), ...artifactsOf(first, settings)],
    users: first.flatMap((plan) => plan.users),
  };
}

/** Secret of an account in the store. Derived, not drawn: a run that was killed half-way makes the same key again. */
export const derivedKey = (adminSecret: string, of: string): string =>
  createHmac('sha256', adminSecret).update(of).digest('hex').slice(0, 40);

/** Bucket and key of one incarnation of a host. */
export function accountOf(
  settings: Pick<Settings, 'store'>,
  owner: Owner,
  host: string,
  incarnation: string,
  adminSecret: string,
): StoreAccount {
  const bucket = bucketOf(settings.store.bucketPrefix, owner, host);
  return {
    bucket,
    prefix: incarnation,
    accessKey: `${bucket}-${incarnation}`,
    secretKey: derivedKey(adminSecret, `${bucket}/${incarnation}`),
  };
}

const PLACE = /\{\{secret:([\w-]+)\}\}/g;

/** Settings that a plan has places for. */
export const secretsIn = (plan: ServicePlan): string[] => [
  ...new Set([...JSON.stringify(plan).matchAll(PLACE)].map(([, name = '']) => name)),
];

/** The plan as JSON text with its `{{secret:NAME}}` places filled in: quotes and line breaks of a secret stay inside their string. */
export function filled(plan: ServicePlan, secrets: Record<string, string>): string {
  return JSON.stringify(plan).replace(PLACE, (_, name: string) =>
    JSON.stringify(required(secrets[name], `the secret ${name}`)).slice(1, -1),
  );
}

/**
 * What cloud-init does on the machine for us. The host keeps its SSH key over its incarnations, so that the first connection can already be
 * pinned. /etc/hosts is ours: the provider's own data has it written anew at every boot, and only this, which ranks before them, can say no.
 */
export function cloudConfig(privateKey: string, publicKey: string): string {
  return `#cloud-config\n${JSON.stringify({ ssh_deletekeys: true, ssh_keys: { ed25519_private: privateKey, ed25519_public: publicKey }, manage_etc_hosts: false })}\n`;
}
