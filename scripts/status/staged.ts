/** What a standby writes down in the store of how far it is, and whether that is good enough. */
import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { STANDBY_FOLDER } from '../../components/store/names';
import { json } from '../../components/store/objects';

const stagedSchema = z.looseObject({
  at: z.string(),
  incarnation: z.string(),
  everyMinutes: z.number(),
  datasets: z.record(z.string(), z.looseObject({ at: z.string().nullable(), restoredFrom: z.string().nullable() })),
});

/** `storedAt`: milliseconds since the epoch, by the store's clock. */
export type Staged = z.infer<typeof stagedSchema> & { storedAt: number };

/** What the standby of a bucket's host last staged; undefined where it never did. */
export async function readStaged(client: S3Client, bucket: string): Promise<Staged | undefined> {
  const object = await json(client, bucket, `${STANDBY_FOLDER}/staged.json`);
  return object && { ...stagedSchema.parse(object.content), storedAt: object.at };
}

export interface StandbyStatus {
  host: string;
  /** When it last staged everything; null when never. RFC 3339. */
  stagedAt: string | null;
  /** Why it is not warm; absent when it is. */
  reason?: string;
}

/** One that missed two times in a row does not work. */
const MISSED = 2;

/** Whether a host's standby is warm. Pure. */
export function judgeStandby(
  host: string,
  staged: Staged | undefined,
  everyMinutes: number,
  now: number,
): StandbyStatus {
  if (!staged)
    return { host, stagedAt: null, reason: 'its standby has staged nothing yet; run the update that makes it' };
  const minutes = Math.floor((now - staged.storedAt) / 60_000);
  const reason =
    minutes > MISSED * everyMinutes + 1
      ? `its standby staged ${minutes} min ago, expected every ${everyMinutes} min; look at fleet-stage.service on it`
      : undefined;
  return { host, stagedAt: new Date(staged.storedAt).toISOString(), ...(reason === undefined ? {} : { reason }) };
}
