/** Whether the store holds what a rebuild needs: a restore point that exists, opens, is intact, matches the secrets and fits. */
import * as pulumi from '@pulumi/pulumi';
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { ServicePlan } from '../../services';
import type { Host } from '../../stacks';
import { driverOf } from '../machines';
import { choiceOf, tryChoice, type Choice } from '../store/choice';
import { openerOf } from '../store/intact';
import { HOST_FOLDER, keyFingerprint } from '../store/names';
import { firstOf, newestOf, partsOf, sizeOf, type Plan } from '../store/plan';
import { opensWith } from '../store/restic-key';
import type { Heartbeat } from '../store/heartbeats';
import { bytes, versionsOf } from '../store/objects';
import { candidatesFor, incarnationsOf, type Incarnation, type Source } from '../store/restore-points';

export interface RestorePointArgs {
  client: S3Client;
  bucket: string;
  /** age identity at hand, and the recipient that belongs to it. */
  identity: string;
  recipient: string;
  resticPassword: string;
  host: Host;
  keep: Source['keep'];
  plans: ServicePlan[];
  bootstrap: boolean;
  /** Moment to restore to instead of the newest, RFC 3339. */
  restoreAt?: string;
}

/** Data, its staging copy and the system must fit. */
const SYSTEM_GIB = 10;

/** One sentence for each thing that would make the restore fail. */
export async function checkRestorePoints(args: RestorePointArgs, all: Incarnation[]): Promise<string[]> {
  const { client, bucket, host, keep, restoreAt } = args;
  const wanted = args.plans.filter((plan) => plan.dataset);
  if (args.bootstrap) {
    // Anything at all counts here: an empty start must never hide what only lacks its registration.
    const stored = wanted.filter(({ name }) => all.some(({ services }) => services.includes(name)));
    return stored.map(
      ({ name }) =>
        `an empty start was asked for, but the store holds a restore point of ${name}; set fleet:bootstrap to false to restore it`,
    );
  }
  const before = restoreAt === undefined ? undefined : Date.parse(restoreAt);
  const incarnations = before === undefined ? all : await incarnationsOf(client, bucket, before);
  const source: Source = { client, bucket, host: host.name, incarnations, before, keep };
  const critical = wanted.filter((plan) => plan.critical);
  const found = await Promise.all(critical.map(({ name, dataset }) => choiceOf(source, name, partsOf(dataset))));
  const missing = found.flatMap((one) => ('problem' in one ? [one.problem] : []));
  if (missing.length) return missing;
  const choices = found.flatMap((one) => ('problem' in one ? [] : [one]));
  const newest = choices[0]?.first.plan.incarnation;
  const incarnation =
    incarnations.find(({ id }) => id === newest) ?? candidatesFor(incarnations, wanted[0]?.name ?? '')[0];
  if (!incarnation) return [];
  report(incarnation.heartbeat, choices, args);
  if (restoreAt)
    await pulumi.log.warn(
      `preflight: fleet:restoreAt is set: ${host.name} is restored as of ${restoreAt}; take it out once that is done`,
    );
  const room = fits(
    choices.map(({ first }) => first.plan),
    host,
    incarnation.heartbeat,
  );
  const closed = await opens(args, incarnation);
  if (closed.length) return [...closed, ...room]; // What does not open cannot be tried.
  const opener = await openerOf(client, bucket, args.identity);
  const tried = await Promise.all(choices.map((choice) => tryChoice(opener, choice, before)));
  for (const { overwritten } of tried) await warnOf(overwritten);
  const plans = tried.flatMap(({ plan }) => plan ?? []);
  return [...room, ...tried.flatMap(({ problem }) => problem ?? []), ...(await repositoriesOpen(args, plans))];
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

/** Says what the store holds, and what the host last said of itself. A heartbeat is a hint: whoever wrote it may be wrong, and refuses nothing. */
function report(heartbeat: Heartbeat | undefined, choices: Choice[], { host, recipient }: RestorePointArgs): void {
  for (const { service, first } of choices)
    void pulumi.log.info(
      `preflight: ${service} on ${host.name}: newest backup ${newestOf(first.plan)}, last heartbeat ${heartbeat?.at ?? 'unknown'}`,
    );
  const mine = keyFingerprint(recipient);
  if (heartbeat && heartbeat.keyFingerprint !== mine)
    void pulumi.log.warn(
      `preflight: ${host.name} says that it encrypts its backups for another key (${heartbeat.keyFingerprint}) than fleet:backupRecipient (${mine})`,
    );
  const said = Object.values(heartbeat?.datasets ?? {}).reduce((sum, { bytes }) => sum + bytes, 0);
  if (said * 2 > freeOn(host))
    void pulumi.log.warn(
      `preflight: ${host.name} says that it has ${gib(said)} GiB of data, which would not fit the ${gib(freeOn(host))} GiB that ${host.size} leaves free`,
    );
}

async function opens({ client, bucket, identity }: RestorePointArgs, source: Incarnation): Promise<string[]> {
  const key = `${source.id}/${HOST_FOLDER}/probe.age`;
  // The first one: what somebody wrote over it says nothing of the backups.
  const first = firstOf(await versionsOf(client, bucket, key));
  const probe = first && (await bytes(client, bucket, key, first.id));
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

/** Whether the password opens the file backups of every plan that has any. */
async function repositoriesOpen(
  { client, bucket, resticPassword }: RestorePointArgs,
  plans: Plan[],
): Promise<string[]> {
  const closed = await Promise.all(
    plans.map(async ({ service, parts }) => {
      const keys = parts.files?.objects.filter(({ key }) => key.includes('/files/keys/')) ?? [];
      const contents = await Promise.all(keys.map(({ key, versionId }) => bytes(client, bucket, key, versionId)));
      const isOpen = await opensWith(
        resticPassword,
        contents.filter((content) => content !== undefined),
      );
      return !keys.length || isOpen ? [] : [service];
    }),
  );
  const names = closed.flat();
  return names.length
    ? [
        `the file backups of ${names.join(' and ')} do not open with fleet:resticPassword; restore the password of that time (pulumi config set --secret fleet:resticPassword)`,
      ]
    : [];
}

/** Says what was written over. */
export async function warnOf(overwritten: string[]): Promise<void> {
  if (overwritten.length)
    await pulumi.log.warn(
      `${overwritten.length} backup objects were overwritten with something else, so the versions before are taken: ${overwritten.slice(0, 5).join(', ')}`,
    );
}

const freeOn = (host: Host): number => (driverOf(host).capacity(host).diskGiB - SYSTEM_GIB) * 2 ** 30;
const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);

/**
 * What is fetched from the store lies beside what is made of it until that is in its place. A plan names all that a repository of files holds, years
 * of it, and a restore reads what its snapshot needs; so the host's word for the size of its data counts where that is less.
 */
export function fits(plans: Plan[], host: Host, beat?: Pick<Heartbeat, 'datasets'>): string[] {
  const needed = plans.reduce(
    (sum, plan) => sum + Math.min(sizeOf(plan), beat?.datasets[plan.service]?.bytes ?? Infinity),
    0,
  );
  return needed * 2 > freeOn(host)
    ? [
        `the data (${gib(needed)} GiB, twice during a restore) does not fit the ${gib(freeOn(host))} GiB that ${host.size} leaves free; choose a larger size for ${host.name} in its declaration`,
      ]
    : [];
}
