/** Whether the store holds what a rebuild needs: a restore point that exists, opens, is intact, matches the secrets and fits. */
import * as pulumi from '@pulumi/pulumi';
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { ServicePlan } from '../../services';
import type { Host } from '../../stacks';
import { driverOf } from '../machines';
import { pointStore, tryPoints, type PointStore, type Tried } from '../store/intact';
import { keyFingerprint } from '../store/names';
import type { PartName } from '../store/points';
import { opensWith } from '../store/restic-key';
import type { Heartbeat } from '../store/heartbeats';
import { bytes } from '../store/objects';
import { asOf, candidatesFor, type Incarnation } from '../store/restore-points';
import { required } from '../../stacks/model/required';

export interface RestorePointArgs {
  client: S3Client;
  bucket: string;
  /** age identity at hand, and the recipient that belongs to it. */
  identity: string;
  recipient: string;
  resticPassword: string;
  host: Host;
  plans: ServicePlan[];
  bootstrap: boolean;
  /** Moment to restore to instead of the newest, RFC 3339. */
  restoreAt?: string;
}

/** Data, its staging copy and the system must fit. */
const SYSTEM_GIB = 10;

/** One sentence for each thing that would make the restore fail. */
export async function checkRestorePoints(args: RestorePointArgs, all: Incarnation[]): Promise<string[]> {
  const incarnations = args.restoreAt ? asOf(all, args.restoreAt) : all;
  const wanted = args.plans.filter((plan) => plan.dataset);
  const held = wanted.filter(({ name }) => candidatesFor(incarnations, name).length);
  if (args.bootstrap) {
    // Anything at all counts here: an empty start must never hide what only lacks its registration.
    const stored = wanted.filter(({ name }) => all.some(({ services }) => services.includes(name)));
    return stored.map(
      ({ name }) =>
        `an empty start was asked for, but the store holds a restore point of ${name}; set fleet:bootstrap to false to restore it`,
    );
  }
  const critical = wanted.filter((plan) => plan.critical);
  const missing = critical
    .filter((plan) => !held.includes(plan))
    .map(({ name }) =>
      args.restoreAt
        ? `the store holds no restore point of ${name} at or before fleet:restoreAt (${args.restoreAt}) in ${args.bucket}; set a later moment, or take the value out to restore the newest`
        : `the store holds no restore point of ${name} in ${args.bucket}; for an empty start set fleet:bootstrap to true`,
    );
  if (missing.length) return missing;
  const source = candidatesFor(incarnations, (critical[0] ?? wanted[0])?.name ?? '')[0];
  if (!source) return [];
  report(source.heartbeat, args.host.name);
  if (args.restoreAt)
    await pulumi.log.warn(
      `preflight: fleet:restoreAt is set: ${args.host.name} is restored as of ${args.restoreAt}; take it out once that is done`,
    );
  const secrets = [
    ...fingerprint(source.heartbeat, args.recipient),
    ...(await opens(args, source)),
    ...(await repositoriesOpen(args, incarnations, critical)),
  ];
  const room = fits(source.heartbeat, args.host);
  // What does not open cannot be tried.
  return secrets.length ? [...secrets, ...room] : [...room, ...(await intact(args, incarnations, critical))];
}

/** One sentence if the store does not answer, or not with this key. A bucket that does not exist is an answer. */
export async function unreachable(client: S3Client, bucket: string): Promise<string[]> {
  try {
    await client.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 1 }));
    return [];
  } catch (error) {
    const { name, code } = error as { name: string; code?: string };
    if (name === 'NoSuchBucket') return [];
    return [
      `the store cannot be read (${code ?? name}); check fleet:store and the administrator key, and that the store runs and can be reached from here`,
    ];
  }
}

/** Lag is measured against the host's last heartbeat, never against now: a dead host stops beating, not losing. */
function report(heartbeat: Heartbeat | undefined, host: string): void {
  if (!heartbeat) return;
  for (const [service, dataset] of Object.entries(heartbeat.datasets)) {
    const newest = [dataset.database?.newest, dataset.repositories?.newest, dataset.files?.newest]
      .filter((at): at is string => Boolean(at))
      .sort()
      .at(-1);
    void pulumi.log.info(
      `preflight: ${service} on ${host}: newest backup ${newest ?? 'unknown'}, last heartbeat ${heartbeat.at}`,
    );
  }
}

function fingerprint(heartbeat: Heartbeat | undefined, recipient: string): string[] {
  const mine = keyFingerprint(recipient);
  return heartbeat && heartbeat.keyFingerprint !== mine
    ? [
        `the backups were encrypted for another key (${heartbeat.keyFingerprint}) than fleet:backupRecipient (${mine}); restore the secrets of that time`,
      ]
    : [];
}

async function opens({ client, bucket, identity }: RestorePointArgs, source: Incarnation): Promise<string[]> {
  const probe = await bytes(client, bucket, `${source.id}/probe.age`);
  if (!probe) return [`the restore point of incarnation ${source.id} has no probe to try the key on`];
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  try {
    decrypter.addIdentity(identity);
    await decrypter.decrypt(probe, 'text');
    return [];
  } catch {
    return ['the backups do not open with fleet:backupIdentity; restore the secrets of that time'];
  }
}

/** Whether the password opens the file backups of every critical service that has any. */
async function repositoriesOpen(
  { client, bucket, identity, resticPassword }: RestorePointArgs,
  incarnations: Incarnation[],
  plans: ServicePlan[],
): Promise<string[]> {
  const store = await pointStore(client, bucket, identity).catch(() => undefined);
  const closed = await Promise.all(
    plans
      .filter((plan) => plan.dataset?.files)
      .map(async ({ name }) => {
        const [candidate] = candidatesFor(incarnations, name);
        if (!candidate) return undefined;
        const prefix = `${candidate.id}/${name}/files/keys/`;
        const keys = (await store?.list(prefix)) ?? [];
        const contents = await Promise.all(keys.map(({ path }) => bytes(client, bucket, prefix + path)));
        return contents.length &&
          !(await opensWith(
            resticPassword,
            contents.filter((content) => content !== undefined),
          ))
          ? name
          : undefined;
      }),
  );
  const names = closed.filter(Boolean);
  return names.length
    ? [
        `the file backups of ${names.join(' and ')} do not open with fleet:resticPassword; restore the password of that time (pulumi config set --secret fleet:resticPassword)`,
      ]
    : [];
}

function fits(heartbeat: Heartbeat | undefined, host: Host): string[] {
  const needed = Object.values(heartbeat?.datasets ?? {}).reduce((sum, dataset) => sum + dataset.bytes, 0) / 2 ** 30;
  const free = driverOf(host).capacity(host).diskGiB - SYSTEM_GIB;
  return needed * 2 > free
    ? [
        `the data (${needed.toFixed(1)} GiB, twice during a restore) does not fit the ${free} GiB that ${host.size} leaves free; choose a larger size for ${host.name} in its declaration`,
      ]
    : [];
}

async function intact(args: RestorePointArgs, incarnations: Incarnation[], plans: ServicePlan[]): Promise<string[]> {
  const store = await pointStore(args.client, args.bucket, args.identity);
  const before = args.restoreAt === undefined ? undefined : Date.parse(args.restoreAt);
  return (
    await Promise.all(plans.map((plan) => corruption(store, plan, candidatesFor(incarnations, plan.name), before)))
  ).flat();
}

/** One sentence where the newest restore point of a service is not what was written. */
export async function corruption(
  store: PointStore,
  plan: ServicePlan,
  candidates: Incarnation[],
  before?: number,
): Promise<string[]> {
  const parts = Object.keys(plan.dataset ?? {}).filter((part): part is PartName => part !== 'owner');
  let first: Tried | undefined;
  for (const { id } of candidates) {
    const tried = await tryPoints(store, `${id}/${plan.name}`, parts, before);
    // An incarnation that lacks a part is passed over, as a restore does.
    if (tried.newest === undefined) continue;
    if (!tried.broken.length && !first) return [];
    first ??= tried;
    if (tried.intact) return [corruptSentence(plan.name, first, tried)];
  }
  return first ? [corruptSentence(plan.name, first, undefined)] : [];
}

const moment = (at: number): string => new Date(at).toISOString().replace('.000Z', 'Z');

function corruptSentence(service: string, first: Tried, source: Tried | undefined): string {
  const found = `the newest restore point of ${service} (${moment(required(first.newest, 'its moment'))}) is corrupt: ${first.broken.slice(0, 3).join(', ')}${first.broken.length > 3 ? ` and ${first.broken.length - 3} more` : ''} is not what was written`;
  if (!source?.intact) return `${found}, and no older one is intact; bring those objects back from a copy of the store`;
  const lost =
    source === first ? source.intact.lostSeconds : (required(first.newest, 'its moment') - source.intact.at) / 1000;
  return `${found}; the newest intact one is of ${moment(source.intact.at)} and would lose ${Math.ceil(lost)} s of work: to accept that set fleet:restoreAt to ${moment(source.intact.at)}`;
}
