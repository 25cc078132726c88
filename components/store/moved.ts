/**
 * An agent that moves: its new host takes over what its old host left in the store, and never while the old one may still run it.
 * That it let go is told by its newest incarnation's heartbeat, which names what is protected there: a host that retires a service beats
 * without it, and one that was rebuilt without it has a new incarnation, whose predecessor is fenced.
 */
import { CopyObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { pointAt, type PartName, type Stored } from './points';
import { opensWith } from './restic-key';
import { bytes, listed } from './objects';
import { candidatesFor, incarnationsOf, type Incarnation } from './restore-points';
import { required } from '../../stacks/model/required';

export interface OtherHost {
  host: string;
  bucket: string;
}

/** What another host has of a service. */
export interface Claim extends OtherHost {
  incarnations: Incarnation[];
  /** When its newest backup of the service was taken. */
  newest?: string;
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
  { action: 'nothing' } | { action: 'take'; from: Claim; incarnation: string } | { action: 'refuse'; reason: string };

/** What a host took over from another one, as an incarnation of its own. */
const MOVED = 'moved-';

/** What a host said last of itself. What it took over is newer than itself and says nothing of what runs there. */
const lastBeat = ({ incarnations }: Claim) => incarnations.find(({ id }) => !id.startsWith(MOVED))?.heartbeat;

/** The incarnation that a restore would take first. */
const newestOf = (incarnations: Incarnation[], service: string): Incarnation | undefined =>
  candidatesFor(incarnations, service)[0];

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
    .filter((claim) => (claim.newest ?? '') > (own ?? ''))
    .sort((a, b) => (b.newest ?? '').localeCompare(a.newest ?? ''));
  if (!from) return { action: 'nothing' };
  const incarnation = required(newestOf(from.incarnations, service), `an incarnation with ${service}`);
  const differ = await foreignKeys(from, incarnation, keys);
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
  return { action: 'take', from, incarnation: incarnation.id };
}

/** Every key of a stack that does not open what another host left: how it differs, and what the stacks must be given alike. */
async function foreignKeys(
  from: Claim,
  { heartbeat }: Incarnation,
  { fingerprint, resticPassword }: Keys,
): Promise<Array<{ how: string; give: string }>> {
  const theirs = heartbeat?.keyFingerprint;
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
export async function claimOf(client: S3Client, other: OtherHost, service: string): Promise<Claim> {
  const incarnations = await incarnationsOf(client, other.bucket);
  const source = newestOf(incarnations, service);
  if (!source) return { ...other, incarnations, resticKeys: [] };
  const prefix = `${source.id}/${service}/`;
  const objects = await listed(client, other.bucket, prefix);
  const keyFiles = await Promise.all(
    objects
      .filter(({ path }) => path.startsWith('files/keys/'))
      .map(({ path }) => bytes(client, other.bucket, prefix + path)),
  );
  const newest = objects.length ? new Date(Math.max(...objects.map(({ at }) => at))).toISOString() : undefined;
  return { ...other, incarnations, newest, resticKeys: keyFiles.filter((file) => file !== undefined) };
}

/** Copies the newest backups of a service into another bucket, as an incarnation of its own that is newer than any that host has. */
export async function take(
  client: S3Client,
  service: string,
  from: Claim,
  incarnation: string,
  bucket: string,
): Promise<number> {
  const prefix = `${MOVED}${from.host}-${incarnation}-${Date.now()}`;
  const source = `${incarnation}/${service}/`;
  const objects = neededOf(await listed(client, from.bucket, source));
  for (const { path } of objects) {
    await client.send(
      new CopyObjectCommand({
        Bucket: bucket,
        Key: `${prefix}/${service}/${path}`,
        CopySource: `${from.bucket}/${encodeURI(source + path)}`,
      }),
    );
  }
  const origin = {
    stack: '',
    host: from.host,
    incarnation: prefix,
    createdAt: new Date().toISOString(),
    origin: { moved: `${from.bucket}/${incarnation}` },
  };
  // Last, because without it the copy counts for nothing.
  await client.send(
    new PutObjectCommand({ Bucket: bucket, Key: `${prefix}/incarnation.json`, Body: JSON.stringify(origin) }),
  );
  return objects.length;
}

/**
 * What the newest restore point needs. The store tells copies by the moment of copying, so that of two snapshots nobody could say any more
 * which is newer: the older ones stay where they are. So do restic's locks, which belong to processes of the old host.
 */
function neededOf(objects: Stored[]): Stored[] {
  const below = (part: PartName) =>
    objects
      .filter(({ path }) => path.startsWith(`${part}/`))
      .map((object) => ({ ...object, path: object.path.slice(part.length + 1) }));
  const newest = new Set(
    (['database', 'files'] as const).flatMap(
      (part) => pointAt(part, below(part))?.objects.map(({ path }) => `${part}/${path}`) ?? [],
    ),
  );
  return objects.filter(
    ({ path }) => newest.has(path) || !/^(database\/generations|files\/(snapshots|locks))\//.test(path),
  );
}
