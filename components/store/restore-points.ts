/** What a store holds of one host: its incarnations, their last heartbeats, and which services can be restored from them. */
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
  type S3ServiceException,
} from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { Stored } from './points';
import { registrationKey, registrationSchema, type Registration } from './registrations';

const moment = z.iso.datetime({ offset: true });

export const heartbeatSchema = z.object({
  at: moment,
  host: z.string(),
  incarnation: z.string(),
  /** First 16 hexadecimal digits of the SHA-256 of the age recipient the backups are encrypted to. */
  keyFingerprint: z.string(),
  datasets: z.record(
    z.string(),
    z.object({
      database: z.object({ newest: moment.nullable() }).optional(),
      repositories: z.object({ newest: moment.nullable(), pending: z.number() }).optional(),
      files: z.object({ newest: moment.nullable(), snapshot: z.string().nullable() }).optional(),
      /** Size of the live data, in bytes. */
      bytes: z.number(),
    }),
  ),
});

export type Heartbeat = z.infer<typeof heartbeatSchema>;

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

/** Every incarnation of a host, newest first; none where the bucket does not exist. */
export async function incarnationsOf(client: S3Client, bucket: string): Promise<Incarnation[]> {
  const prefixes = await folders(client, bucket, '');
  const found = await Promise.all(
    prefixes.map(async (id): Promise<Incarnation> => {
      const [made, beat, services] = await Promise.all([
        json(client, bucket, registrationKey(id)),
        json(client, bucket, `${id}/heartbeat.json`),
        folders(client, bucket, `${id}/`),
      ]);
      const complete = await Promise.all(
        services.map(
          async (service) =>
            [service, (await storedAt(client, bucket, `${id}/${service}/complete.json`))?.toISOString()] as const,
        ),
      );
      return {
        id,
        createdAt: made?.at.toISOString() ?? '',
        registration: registrationSchema.safeParse(made?.content).data,
        heartbeat: heartbeatSchema.safeParse(beat?.content).data,
        services,
        complete: Object.fromEntries(complete.filter((entry): entry is [string, string] => entry[1] !== undefined)),
      };
    }),
  );
  return found.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
}

/** What a restore to a moment sees: incarnations from before it, and of their first backups those finished by then. */
export const asOf = (incarnations: Incarnation[], at: string): Incarnation[] =>
  incarnations
    .filter(({ createdAt }) => Date.parse(createdAt) <= Date.parse(at))
    .map((incarnation) => ({
      ...incarnation,
      complete: Object.fromEntries(
        Object.entries(incarnation.complete).filter(([, done]) => Date.parse(done) <= Date.parse(at)),
      ),
    }));

/**
 * The incarnations a restore of the service may take, in its order: complete ones first, and the newest of each first. What an agent
 * brought along when it moved is registered after the host it moved to, so complete ones count from when they were completed.
 * One that never registered is none: nobody knows when it was.
 */
export function candidatesFor(incarnations: Incarnation[], service: string): Incarnation[] {
  const registered = incarnations.filter(({ createdAt }) => createdAt !== '');
  const complete = registered
    .filter(({ complete }) => complete[service])
    .sort((a, b) => b.complete[service].localeCompare(a.complete[service]));
  return [
    ...complete,
    ...registered.filter(({ complete, services }) => !complete[service] && services.includes(service)),
  ];
}

/** An object's bytes, or nothing where it does not exist. */
export async function bytes(client: S3Client, bucket: string, key: string): Promise<Uint8Array | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return await Body?.transformToByteArray();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Every object below a prefix. */
export async function listed(client: S3Client, bucket: string, prefix: string): Promise<Stored[]> {
  const all: Stored[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
    );
    for (const { Key, LastModified, Size } of page.Contents ?? [])
      all.push({
        path: Key!.slice(prefix.length),
        at: Math.floor((LastModified?.getTime() ?? 0) / 1000) * 1000,
        size: Size ?? 0,
      });
    token = page.NextContinuationToken;
  } while (token);
  return all;
}

/** How old an incarnation's heartbeat is, in milliseconds, by the clock of the store alone; undefined where there is none. */
export async function beatAge(client: S3Client, bucket: string, incarnation: string): Promise<number | undefined> {
  let answeredAt: string | undefined;
  const command = new HeadObjectCommand({ Bucket: bucket, Key: `${incarnation}/heartbeat.json` });
  command.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next(args);
      answeredAt = (answer.response as { headers?: Record<string, string> }).headers?.date;
      return answer;
    },
    { step: 'deserialize' },
  );
  try {
    const { LastModified } = await client.send(command);
    return (answeredAt ? Date.parse(answeredAt) : Date.now()) - (LastModified?.getTime() ?? 0);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** When the store took an object, by its own clock. */
async function storedAt(client: S3Client, bucket: string, key: string): Promise<Date | undefined> {
  try {
    return (await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).LastModified;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A JSON object and when the store took it; nothing where it does not exist, no content where it is no JSON. */
async function json(
  client: S3Client,
  bucket: string,
  key: string,
): Promise<{ at: Date; content: unknown } | undefined> {
  try {
    const { Body, LastModified } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return { at: LastModified ?? new Date(0), content: parsed((await Body?.transformToString()) ?? '') };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Names of the folders right below a prefix, all pages. */
async function folders(client: S3Client, bucket: string, prefix: string): Promise<string[]> {
  const names: string[] = [];
  let token: string | undefined;
  do {
    try {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: token }),
      );
      names.push(...(page.CommonPrefixes ?? []).map((entry) => entry.Prefix!.slice(prefix.length, -1)));
      token = page.NextContinuationToken;
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  } while (token);
  return names;
}

const isMissing = (error: unknown) =>
  ['NoSuchKey', 'NoSuchBucket', 'NotFound'].includes((error as S3ServiceException).name);
