/**
 * The lease of a stack: who may change it. One object in the store, which is written over and never deleted, so that no two operators hold it
 * at once, whatever backend keeps their state. Its generation grows with each holder; who lost it finds another generation there.
 */
import { isDeepStrictEqual } from 'node:util';
import { PutObjectCommand, type S3Client, type S3ServiceException } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { ensureBucket } from './admin';
import { ageOf, json } from './objects';

const KEY = 'lease.json';

const holderSchema = z.object({
  /** A person and a machine, as people read them: anna@laptop. */
  who: z.string(),
  pid: z.int(),
  /** Where the pid counts: a boot of a machine and a namespace of its processes; absent where that cannot be told. */
  place: z.string().optional(),
  /** RFC 3339, by the holder's clock. */
  since: z.string(),
});

export type Holder = z.infer<typeof holderSchema>;

const leaseSchema = z.object({ generation: z.int(), holder: holderSchema.nullable() });

type Lease = z.infer<typeof leaseSchema>;

export interface Found extends Lease {
  etag: string;
  /** Milliseconds since the holder last said that it lives, by the clock of the store. */
  silentMs: number;
}

/** Somebody else has the lease. */
export class LeaseHeld extends Error {}

/** How often a holder says that it lives, and how long it may say nothing before a person may break its lease. */
export const RENEW_MS = 20_000;
export const SILENT_MS = 90_000;

/** The lease as it is; undefined where nobody ever took it. */
export async function readLease(client: S3Client, bucket: string): Promise<Found | undefined> {
  const [object, silentMs] = await Promise.all([json(client, bucket, KEY), ageOf(client, bucket, KEY)]);
  if (!object) return undefined;
  const { success, data } = leaseSchema.safeParse(object.content);
  // Whatever else lies there is written over: the generation of a lease that cannot be read is none that anybody holds.
  return {
    ...(success ? data : { generation: 0, holder: null }),
    etag: object.etag,
    silentMs: Math.max(0, silentMs ?? 0),
  };
}

/** A lease that is held. */
export class HeldLease {
  private constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
    private readonly lease: Lease,
    private etag: string,
  ) {}

  /** Takes the lease; `isGone` tells of a holder that it provably lives no more. Throws LeaseHeld where another one has it. */
  static async take(
    client: S3Client,
    bucket: string,
    { holder, isGone }: { holder: Holder; isGone: (holder: Holder) => boolean },
  ): Promise<HeldLease> {
    const found = await readLease(client, bucket);
    if (found?.holder && !isGone(found.holder)) throw new LeaseHeld(heldBy(found.holder, found.silentMs));
    if (!found) await ensureBucket(client, bucket);
    const lease = { generation: (found?.generation ?? 0) + 1, holder };
    return new HeldLease(client, bucket, lease, await write(client, bucket, lease, found?.etag));
  }

  /** Says that the holder lives. Throws LeaseHeld once another one has taken it, or it was broken. */
  async renew(): Promise<void> {
    this.etag = await write(this.client, this.bucket, this.lease, this.etag);
  }

  /** Gives it back; nothing where it was lost. */
  async release(): Promise<void> {
    await write(this.client, this.bucket, { ...this.lease, holder: null }, this.etag).catch((error: Error) => {
      if (!(error instanceof LeaseHeld)) throw error;
    });
  }

  /** Throws LeaseHeld unless it is still held. */
  async check(): Promise<void> {
    const found = await readLease(this.client, this.bucket);
    if (!isSame(found, this.lease)) throw lost(found?.holder ?? null);
  }
}

/** Takes the lease from a holder that has said nothing for so long. Returns whom it was taken from, or null where nobody had it. */
export async function breakLease(client: S3Client, bucket: string, silentMs = SILENT_MS): Promise<Holder | null> {
  const found = await readLease(client, bucket);
  if (!found?.holder) return null;
  if (found.silentMs < silentMs)
    throw new LeaseHeld(
      `${told(found.holder)} holds it and said ${Math.round(found.silentMs / 1000)} s ago that it lives, so it was left alone`,
    );
  await write(client, bucket, { generation: found.generation + 1, holder: null }, found.etag);
  return found.holder;
}

export const told = ({ who, pid, since }: Holder): string => `${who} (process ${pid}, since ${since})`;

const heldBy = (holder: Holder, silentMs: number): string =>
  `${told(holder)} is changing it${silentMs < SILENT_MS ? '' : `, but has said nothing for ${Math.round(silentMs / 60_000)} min`}`;

const lost = (by: Holder | null): LeaseHeld =>
  new LeaseHeld(by ? `${told(by)} has taken it meanwhile` : 'it was broken meanwhile (fleet lease break)');

/** The holder counts too: generations begin anew where something else was written in its place. */
const isSame = (found: Found | undefined, { generation, holder }: Lease): boolean =>
  found?.generation === generation && isDeepStrictEqual(found.holder, holder);

/** Writes it in the place of the one that was read, and of no other; `etag` is undefined for the first one. Returns the new tag. */
async function write(client: S3Client, bucket: string, lease: Lease, etag: string | undefined): Promise<string> {
  try {
    const { ETag = '' } = await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: KEY,
        Body: `${JSON.stringify(lease)}\n`,
        ContentType: 'application/json',
        ...(etag === undefined ? { IfNoneMatch: '*' } : { IfMatch: etag }),
      }),
    );
    return ETag;
  } catch (error) {
    if ((error as S3ServiceException).$metadata?.httpStatusCode !== 412) throw error;
    const found = await readLease(client, bucket);
    // Its own writing, whose answer never came, so that it was sent again.
    if (found && isSame(found, lease)) return found.etag;
    throw lost(found?.holder ?? null);
  }
}
