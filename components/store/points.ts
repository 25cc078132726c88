/**
 * Kept points: what a proof restored and checked of a host, written down in the root of its bucket, where no host's key may write, once all of it is
 * locked. Each holds the plans of all services, so a restore by it needs no listing.
 */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { listingOf } from './listing';
import { lockVersions } from './lock';
import { POINTS_FOLDER } from './names';
import { json, keysBelow } from './objects';
import { pinned } from './pinned';
import { coarsePlanAt, PARTS, planSchema, type Part, type Plan } from './plan';

const moment = z.iso.datetime();

export const pointSchema = z.strictObject({
  /** When its proof began: about then everything was chosen. */
  moment,
  host: z.string(),
  /** Until when what each part needs is locked. */
  until: z.record(z.enum(PARTS), moment),
  /** What the proof restored. */
  plans: z.array(planSchema),
  /** Of each of those with a database: the same from its snapshot, for when the pieces of the database are kept no more. */
  coarse: z.array(planSchema),
});

export type Point = z.infer<typeof pointSchema>;

/** For how many days a point is kept. */
export interface Kept {
  dailyDays: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The pieces of a database are its finest tier; later its copy among the files serves. */
const DATABASE_DAYS = 3;
/** A proof runs every night and takes up to two hours. */
export const STALE_HOURS = 26;

const keyOf = (of: string) => `${POINTS_FOLDER}/${of}.json`;

/** Locks what the plans need, writes the point down, and locks that too. */
export async function keepPoint(
  client: S3Client,
  bucket: string,
  { moment: at, host, plans: proved }: Omit<Point, 'until' | 'coarse'>,
  { dailyDays }: Kept,
): Promise<Point> {
  const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
  const until = {
    database: inDays(Math.min(DATABASE_DAYS, dailyDays)),
    repositories: inDays(dailyDays),
    files: inDays(dailyDays),
  };
  const plans = await Promise.all(proved.map((plan) => pinned(client, bucket, plan)));
  const coarse = (await Promise.all(plans.map((plan) => coarseOf(client, bucket, plan)))).flat();
  const point = pointSchema.parse({ moment: at, host, until, plans, coarse });
  for (const part of PARTS) await lockVersions(client, bucket, objectsOf(point, part), until[part]);
  const key = keyOf(at);
  const { VersionId } = await client.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: JSON.stringify(point), ContentType: 'application/json' }),
  );
  await lockVersions(client, bucket, [{ key, versionId: VersionId ?? '' }], until.files);
  return point;
}

/** The plan of about the same moment that needs no pieces of a database; none where it has no database, or no snapshot with a copy of it. */
async function coarseOf(client: S3Client, bucket: string, plan: Plan): Promise<Plan[]> {
  const { host, service, incarnation, complete } = plan;
  const parts = PARTS.filter((part) => part in plan.parts);
  if (!parts.includes('database')) return [];
  const listed: Part[] = parts.includes('repositories') ? ['files', 'repositories'] : ['files'];
  const at = Date.parse(plan.moment);
  const versions = await listingOf(client, bucket, `${incarnation}/${service}/`, listed)(at);
  const coarse = coarsePlanAt({ host, service, incarnation, complete, parts }, versions, at);
  return coarse ? [coarse] : [];
}

/** By what a point's moment is restored once it is too old for the finer tiers. */
export const keptPlans = ({ plans, coarse }: Point): Plan[] => [
  ...coarse,
  ...plans.filter(({ parts }) => !parts.database),
];

/** What a part of a point needs, of all services. The copy of a database is in a snapshot of the files. */
export const objectsOf = ({ plans, coarse }: Point, part: Part) => [
  ...plans.flatMap(({ parts }) => parts[part]?.objects ?? []),
  ...coarse.flatMap(({ parts }) => (part === 'database' ? [] : (parts[part]?.objects ?? []))),
  ...coarse.flatMap(({ parts }) => (part === 'files' ? (parts.database?.objects ?? []) : [])),
];

/** Until when anything of a point is locked. */
export const endOf = ({ until }: Point): string => Object.values(until).sort().at(-1) ?? '';

/** Moments of the kept points of a host, oldest first; none where there is no bucket. Nothing of them is read. */
export const listPoints = async (client: S3Client, bucket: string): Promise<string[]> =>
  (await keysBelow(client, bucket, `${POINTS_FOLDER}/`)).flatMap((key) => {
    const [, of] = /^[^/]+\/(\d{4}-[\d:.T-]+Z)\.json$/.exec(key) ?? [];
    return of === undefined ? [] : [of];
  });

/** The newest kept point at or before a moment; undefined where there is none. */
export async function readPoint(client: S3Client, bucket: string, before?: string): Promise<Point | undefined> {
  const moments = await listPoints(client, bucket);
  const newest = moments.filter((one) => before === undefined || Date.parse(one) <= Date.parse(before)).at(-1);
  return newest === undefined ? undefined : readPointOf(client, bucket, newest);
}

/** The point of a moment that `listPoints` told. */
export async function readPointOf(client: S3Client, bucket: string, of: string): Promise<Point> {
  const object = await json(client, bucket, keyOf(of));
  return pointSchema.parse(object?.content);
}

/** Why the newest kept point of a host cannot be relied on; undefined where it can. */
export function staleness(newest: string | undefined, now: number): string | undefined {
  if (newest === undefined) return 'nothing of its backups is kept by a proof yet; run fleet verify';
  const hours = Math.floor((now - Date.parse(newest)) / HOUR_MS);
  return hours >= STALE_HOURS
    ? `the newest kept point is ${hours} h old (${newest}), and after ${STALE_HOURS} h nothing is pruned; run fleet verify`
    : undefined;
}
