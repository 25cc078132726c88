/**
 * An agent that moves: its new host takes over what its old host left in the store, and never while the old one may still run it.
 * That it let go is told by its newest incarnation's heartbeat, which names what is protected there: a host that retires a service beats
 * without it, and one that was rebuilt without it has a new incarnation, whose predecessor is fenced.
 */
import { CopyObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { choiceOf } from './choice';
import { bytes, folders } from './objects';
import { pinned } from './pinned';
import { newestOf as newestObject, PARTS, type Plan } from './plan';
import { opensWith } from './restic-key';
import { registrationKey } from './registrations';
import { candidatesFor, incarnationsOf, type Incarnation } from './restore-points';

export interface OtherHost {
  host: string;
  bucket: string;
}

/** What another host has of a service. */
export interface Claim extends OtherHost {
  incarnations: Incarnation[];
  /** What a restore of the service would take from there; absent where that lacks a part. */
  plan?: Plan;
  /** Key files of its file backups, as they lie in the store; none where it has no such backups. */
  resticKeys: Uint8Array[];
}

/** What a stack's backups are opened with. */
export interface Keys {
  /** First 16 hexadecimal digits of the SHA-256 of the age recipient. */
  fingerprint: string;
  resticPassword: string;
}

export type Decision =
  { action: 'nothing' } | { action: 'take'; from: Claim; plan: Plan } | { action: 'refuse'; reason: string };

/** What a host took over from another one, as an incarnation of its own. */
const MOVED = 'moved-';

/** What a host said last of itself. What it took over is newer than itself and says nothing of what runs there. */
const lastBeat = ({ incarnations }: Claim) => incarnations.find(({ id }) => !id.startsWith(MOVED))?.heartbeat;

/** The incarnation that a restore would take first. */
const newestOf = (incarnations: Incarnation[], service: string): Incarnation | undefined =>
  candidatesFor(incarnations, service)[0];

/** When its newest backup of the service was written. */
export const newestIn = ({ plan }: Claim): string => (plan ? newestObject(plan) : '');

/** Whether a host may start a service that others have had; asks nobody. `own` is when this host's newest backup of it was taken. */
export async function decide(service: string, own: string | undefined, others: Claim[], keys: Keys): Promise<Decision> {
  const claims = others.filter((claim) => newestOf(claim.incarnations, service));
  const active = claims.find((claim) => service in (lastBeat(claim)?.datasets ?? {}));
  if (active) {
    return {
      action: 'refuse',
      reason: `${service} has not been let go by ${active.host} (last heartbeat ${lastBeat(active)?.at}); update the stack of ${active.host} first, so that it is stopped and backed up there`,
    };
  }
  const [from] = claims
    .filter((claim) => newestIn(claim) > (own ?? ''))
    .sort((a, b) => newestIn(b).localeCompare(newestIn(a)));
  if (!from?.plan) return { action: 'nothing' };
  const differ = await foreignKeys(from, keys);
  if (differ.length) {
    const [what, settings] = [
      differ.map(({ how }) => how).join(', and '),
      differ.map(({ give }) => give).join(' and '),
    ];
    return {
      action: 'refuse',
      reason: `the backups of ${service} on ${from.host} do not open here: ${what}; give both stacks the same ${settings} before moving it`,
    };
  }
  return { action: 'take', from, plan: from.plan };
}

/** Every key of a stack that does not open what another host left: how it differs, and what the stacks must be given alike. */
async function foreignKeys(
  from: Claim,
  { fingerprint, resticPassword }: Keys,
): Promise<Array<{ how: string; give: string }>> {
  const theirs = from.incarnations.find(({ id }) => id === from.plan?.incarnation)?.heartbeat?.keyFingerprint;
  return [
    ...(theirs && theirs !== fingerprint
      ? [
          {
            how: `they were encrypted for another age key (${theirs}) than this stack's (${fingerprint})`,
            give: 'backupRecipient, backupIdentity',
          },
        ]
      : []),
    ...(from.resticKeys.length && !(await opensWith(resticPassword, from.resticKeys))
      ? [{ how: "this stack's restic password does not open the file backups", give: 'resticPassword' }]
      : []),
  ];
}

/** What a host's bucket tells about a service. */
export async function claimOf(client: S3Client, { host, bucket }: OtherHost, service: string): Promise<Claim> {
  const incarnations = await incarnationsOf(client, bucket);
  const claim = { host, bucket, incarnations };
  const source = newestOf(incarnations, service);
  if (!source) return { ...claim, resticKeys: [] };
  const stored = await folders(client, bucket, `${source.id}/${service}/`);
  const parts = PARTS.filter((part) => stored.includes(part));
  const choice = await choiceOf({ client, ...claim }, service, parts);
  if ('problem' in choice) return { ...claim, resticKeys: [] };
  const plan = await pinned(client, bucket, choice.first.plan);
  const keys = plan.parts.files?.objects.filter(({ key }) => key.includes('/files/keys/')) ?? [];
  const resticKeys = await Promise.all(keys.map(({ key, versionId }) => bytes(client, bucket, key, versionId)));
  return { ...claim, plan, resticKeys: resticKeys.filter((file) => file !== undefined) };
}

/** Copies the newest backups of a service into another bucket, as an incarnation of its own that is newer than any that host has. */
export async function take(client: S3Client, from: Claim, plan: Plan, bucket: string): Promise<number> {
  const { incarnation, service } = plan;
  const prefix = `${MOVED}${from.host}-${incarnation}-${Date.now()}`;
  const objects = Object.values(plan.parts).flatMap((part) => part.objects);
  // One after the other: the store tells copies by the moment of copying, and a restore goes by their order.
  for (const { key, versionId } of objects) {
    await client.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: `${prefix}${key.slice(incarnation.length)}`,
        CopySource: `${from.bucket}/${encodeURI(key)}?versionId=${versionId}`,
      }),
    );
  }
  const put = (key: string, content: object) =>
    client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(content) }));
  if (plan.complete) await put(`${prefix}/${service}/complete.json`, { complete: service, incarnation: prefix });
  const origin = {
    stack: '',
    host: from.host,
    incarnation: prefix,
    createdAt: new Date().toISOString(),
    origin: { moved: `${from.bucket}/${incarnation}`, service },
  };
  // Last, because without it the copy counts for nothing.
  await put(registrationKey(prefix), origin);
  return objects.length;
}
