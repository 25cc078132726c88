/** What a store holds of one host: its incarnations, their last heartbeats, and which services can be restored from them. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Version } from './driver';
import { heartbeatOf, type Heartbeat } from './heartbeats';
import { POINTS_FOLDER, PRIMARIES_FOLDER, STANDBY_FOLDER } from './names';
import { firstWritten, foldersEver, json, versionsOf } from './objects';
import { firstOf, lastHeld, planAt, seenAt, type Part, type Plan, type Wanted } from './plan';
import { registrationKey, registrationSchema, type Registration } from './registrations';

export interface Incarnation {
  id: string;
  /** When the store took its registration: the clocks of hosts may be wrong, and differ from host to host. RFC 3339, empty where it never registered. */
  createdAt: string;
  /** What was written down when it became the primary; absent for what an agent brought along. */
  registration?: Registration;
  heartbeat?: Heartbeat;
  /** Services that have written anything under this incarnation. */
  services: string[];
  /** When the first backup of a service was finished and read back, by the store's clock; RFC 3339. */
  complete: Record<string, string>;
}

/** Every incarnation of a host as of a moment, newest first; none where the bucket does not exist. */
export async function incarnationsOf(client: S3Client, bucket: string, at = Infinity): Promise<Incarnation[]> {
  const incarnation = async (id: string): Promise<Incarnation | undefined> => {
    const [made, heartbeat, services] = await Promise.all([
      versionsOf(client, bucket, registrationKey(id)),
      heartbeatOf(client, bucket, id),
      foldersEver(client, bucket, `${id}/`),
    ]);
    const [registered] = seenAt(made, at);
    if (!registered && made.length) return undefined;
    const complete = await Promise.all(
      services.map(async (service) => {
        const done = await versionsOf(client, bucket, `${id}/${service}/complete.json`);
        const first = firstOf(done, at);
        return first ? [[service, iso(first.at)] as const] : [];
      }),
    );
    return {
      id,
      createdAt: registered ? iso(registered.at) : '',
      registration:
        registered &&
        registrationSchema.safeParse((await json(client, bucket, registered.key, registered.id))?.content).data,
      heartbeat,
      services,
      complete: Object.fromEntries(complete.flat()),
    };
  };
  const ids = (await foldersEver(client, bucket)).filter(
    (id) => ![PRIMARIES_FOLDER, STANDBY_FOLDER, POINTS_FOLDER].includes(id),
  );
  const found = await Promise.all(ids.map(incarnation));
  return found.filter((one) => one !== undefined).sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

const iso = (at: number): string => new Date(at).toISOString();

/**
 * The incarnations a restore of the service may take, in its order: complete ones first, and the newest of each first. What an agent
 * brought along when it moved is registered after the host it moved to, so complete ones count from when they were completed.
 * One that never registered is none: nobody knows when it was.
 */
export function candidatesFor(incarnations: Incarnation[], service: string): Incarnation[] {
  const registered = incarnations.filter(({ createdAt }) => createdAt !== '');
  const complete = registered
    .filter(({ complete }) => complete[service])
    .sort((a, b) => (b.complete[service] ?? '').localeCompare(a.complete[service] ?? ''));
  return [
    ...complete,
    ...registered.filter(({ complete, services }) => !complete[service] && services.includes(service)),
  ];
}

/** An incarnation that holds every part of a service. */
export interface Held {
  wanted: Wanted;
  versions: Version[];
  plan: Plan;
}

export interface Source {
  client: S3Client;
  bucket: string;
  host: string;
  incarnations: Incarnation[];
  /** Moment to restore to instead of the newest, in milliseconds since the epoch. */
  before?: number;
}

/** The incarnations that hold every part of a service, in a restore's order. One that lacks a part is passed over. */
export async function* heldOf(source: Source, service: string, parts: Part[]): AsyncGenerator<Held, undefined> {
  for await (const { wanted, versions } of writtenOf(source, service, parts)) {
    const plan = planAt(wanted, versions, source.before);
    if (plan) yield { wanted, versions, plan };
  }
  return undefined;
}

/** What a service had before it was hidden: the newest plan that some earlier moment sees. */
export async function hiddenOf(source: Source, service: string, parts: Part[]): Promise<Plan | undefined> {
  for await (const { wanted, versions } of writtenOf(source, service, parts)) {
    const plan = lastHeld(wanted, versions, source.before);
    if (plan) return plan;
  }
  return undefined;
}

/** Everything that each incarnation ever wrote of a service, in a restore's order. */
async function* writtenOf({ client, bucket, host, incarnations, before }: Source, service: string, parts: Part[]) {
  for (const { id, complete } of candidatesFor(incarnations, service)) {
    const wanted = { host, service, incarnation: id, complete: service in complete, parts };
    const below = `${id}/${service}/`;
    const databases = parts.includes('database')
      ? await databaseFolders(client, bucket, `${below}database/`, before)
      : [];
    const prefixes = parts.flatMap((part) => (part === 'database' ? databases : PREFIXES[part]));
    const versions = await Promise.all(prefixes.map((prefix) => versionsOf(client, bucket, below + prefix)));
    yield { wanted, versions: versions.flat() };
  }
}

/** Where the objects of each part are. restic's locks are none of its data, and there is one for each backup. */
const PREFIXES: Record<Exclude<Part, 'database'>, string[]> = {
  repositories: ['repositories/'],
  files: ['config', 'keys/', 'index/', 'snapshots/', 'data/'].map((path) => `files/${path}`),
};

/**
 * The folders of a database that a moment may need: the last one that had begun by then, and one on either side, because a host ships to two while it
 * begins one. A folder has what one hour changed, so the others are not listed.
 */
async function databaseFolders(client: S3Client, bucket: string, below: string, before?: number): Promise<string[]> {
  const names = (await foldersEver(client, bucket, below)).filter((name) => /^\d{8}$/.test(name)).sort();
  // How many had begun by then.
  let begun = before === undefined ? names.length : 0;
  for (let end = names.length; begun < end;) {
    const middle = (begun + end) >> 1;
    const at = await firstWritten(client, bucket, `${below}${names[middle] ?? ''}/`);
    if (before !== undefined && at <= before) begun = middle + 1;
    else end = middle;
  }
  return names.slice(Math.max(0, begun - 2), begun + 1).map((name) => `database/${name}/`);
}
