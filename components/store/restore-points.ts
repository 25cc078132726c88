/** What a store holds of one host: its incarnations, their last heartbeats, and which services can be restored from them. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { Declaration } from '../../stacks';
import type { Version } from './driver';
import { heartbeatOf, type Heartbeat } from './heartbeats';
import { HOST_FOLDER, POINTS_FOLDER, PRIMARIES_FOLDER, STANDBY_FOLDER } from './names';
import { listingOf, type Listing } from './listing';
import { foldersEver, json, versionsOf } from './objects';
import { coarsePlanAt, firstOf, isoOf, planAt, seenAt, type Part, type Plan, type Wanted } from './plan';
import { keptPlans, readPoint } from './points';
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
      foldersEver(client, bucket, `${id}/`).then((names) => names.filter((name) => name !== HOST_FOLDER)),
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

/** What a service may be restored from. */
export interface Candidate {
  wanted: Wanted;
  listing: Listing;
  /** The plan as of a moment, from what is listed for it. */
  select(wanted: Wanted, versions: Version[], at?: number): Plan | undefined;
}

export interface Source {
  client: S3Client;
  bucket: string;
  host: string;
  incarnations: Incarnation[];
  /** Moment to restore to instead of the newest, in milliseconds since the epoch. */
  before?: number;
  /** Whether it is only to be told how new everything is, and nothing is read. */
  onlyShown?: boolean;
  /** Tiers of the past; without them every moment is looked for in the finest one. */
  keep?: Declaration['backup']['keep'];
}

const HOUR_MS = 3_600_000;

/** What to ask about a service, in a restore's order: its incarnations, in the tier that still holds the moment, and what a proof kept of it. */
export async function candidatesOf(source: Source, service: string, parts: Part[]): Promise<Candidate[]> {
  const { client, bucket, host, incarnations, before, onlyShown, keep } = source;
  const heldFor = (hours: number) => before === undefined || before >= Date.now() - hours * HOUR_MS;
  const from = (select: Candidate['select'], listed: Part[]): Candidate[] =>
    candidatesFor(incarnations, service).map(({ id, complete }) => ({
      wanted: { host, service, incarnation: id, complete: service in complete, parts },
      listing: listingOf(client, bucket, `${id}/${service}/`, listed, { onlyShown }),
      select,
    }));
  if (!keep || heldFor(keep.everySecondHours)) return from(planAt, parts);
  const hasRepositories = parts.includes('repositories');
  // The entries of repositories are kept that long, and snapshots longer.
  const hourly = !hasRepositories || heldFor(keep.hourlyDays * 24);
  return [
    ...(hourly ? from(coarsePlanAt, hasRepositories ? ['files', 'repositories'] : ['files']) : []),
    ...(await keptOf(source, service, parts)),
  ];
}

/** What the newest proof before a moment kept of a service. */
async function keptOf({ client, bucket, host, before }: Source, service: string, parts: Part[]): Promise<Candidate[]> {
  const point = await readPoint(client, bucket, before === undefined ? undefined : isoOf(before));
  return (point ? keptPlans(point) : [])
    .filter((plan) => plan.service === service && parts.every((part) => part in plan.parts))
    .map((plan) => ({
      wanted: { host, service, incarnation: plan.incarnation, complete: plan.complete, parts },
      listing: () => Promise.resolve([]),
      select: (_wanted, _versions, at = Infinity) => (Date.parse(plan.moment) <= at ? plan : undefined),
    }));
}
