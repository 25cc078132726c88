/** What hosts say about their backups, every ten seconds: one object an incarnation, written by `host/heartbeat`. */
import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { HOST_FOLDER } from './names';
import { ageOf, folders, json } from './objects';

const moment = z.iso.datetime({ offset: true });
/** The newest restorable point, the moment up to which everything is covered, and how many repositories wait. */
const partSchema = z
  .object({ newest: moment.nullable(), covered: moment.nullish(), pending: z.number().optional() })
  .optional();

export const heartbeatSchema = z.object({
  at: moment,
  host: z.string(),
  incarnation: z.string(),
  /** First 16 hexadecimal digits of the SHA-256 of the age recipient the backups are encrypted to. */
  keyFingerprint: z.string(),
  datasets: z.record(
    z.string(),
    z.object({
      database: partSchema,
      repositories: partSchema,
      files: partSchema,
      /** Size of the live data, in bytes. */
      bytes: z.number(),
    }),
  ),
  /** What the host itself says is wrong with it. */
  alarms: z.array(z.string()).default([]),
  /** Public names that lead to it and whose certificate is not there yet. */
  pendingCertificates: z.array(z.string()).default([]),
});

export type Heartbeat = z.infer<typeof heartbeatSchema> & {
  /** When the store took it, in milliseconds since the epoch: the host's own clock may be wrong. */
  storedAt: number;
};

const keyOf = (incarnation: string) => `${incarnation}/${HOST_FOLDER}/heartbeat.json`;

/** The last heartbeat of one incarnation. */
export async function heartbeatOf(
  client: S3Client,
  bucket: string,
  incarnation: string,
): Promise<Heartbeat | undefined> {
  const object = await json(client, bucket, keyOf(incarnation));
  const beat = heartbeatSchema.safeParse(object?.content).data;
  return object && beat && { ...beat, storedAt: object.at };
}

/** The last heartbeat of every incarnation, newest first; none where there is no bucket yet. */
export async function heartbeatsOf(client: S3Client, bucket: string): Promise<Heartbeat[]> {
  const incarnations = await folders(client, bucket);
  const beats = await Promise.all(incarnations.map((incarnation) => heartbeatOf(client, bucket, incarnation)));
  return beats.filter((beat) => beat !== undefined).sort((a, b) => b.storedAt - a.storedAt);
}

/** Size of the data that a host backs up, in bytes; undefined where its newest heartbeat does not tell. */
export function bytesOf([beat]: Heartbeat[]): number | undefined {
  const sizes = Object.values(beat?.datasets ?? {}).map(({ bytes }) => bytes);
  return sizes.length ? sizes.reduce((sum, bytes) => sum + bytes, 0) : undefined;
}

/** How old an incarnation's heartbeat is, in milliseconds, by the clock of the store alone; undefined where there is none. */
export const beatAge = (client: S3Client, bucket: string, incarnation: string): Promise<number | undefined> =>
  ageOf(client, bucket, keyOf(incarnation));
