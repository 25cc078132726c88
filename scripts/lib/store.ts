/** Reads what hosts say about their backups: heartbeats in the store. */
import { GetObjectCommand, ListObjectsV2Command, NoSuchBucket, S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';

export interface StoreAccess {
  endpoint: string;
  region: string;
  accessKey: string;
  secretKey: string;
}

const moment = z.string().nullish();

const partSchema = z.looseObject({ newest: moment, covered: moment, pending: z.number().nullish() });

export const heartbeatSchema = z.looseObject({
  at: z.string(),
  host: z.string(),
  incarnation: z.string(),
  keyFingerprint: z.string().nullish(),
  datasets: z.record(
    z.string(),
    z.looseObject({
      database: partSchema.nullish(),
      repositories: partSchema.nullish(),
      files: partSchema.nullish(),
      bytes: z.number().nullish(),
    }),
  ),
  /** What the host itself says is wrong with it. */
  alarms: z.array(z.string()).nullish(),
  /** Public names that lead to it and whose certificate is not there yet. */
  pendingCertificates: z.array(z.string()).nullish(),
});

export type Heartbeat = z.infer<typeof heartbeatSchema> & {
  /** When the store took it, in milliseconds since the epoch: the host's own clock may be wrong. */
  storedAt: number;
};

/** Size of the data that a host backs up, in bytes; undefined where its newest heartbeat does not tell. */
export function bytesOf([beat]: Heartbeat[]): number | undefined {
  const sizes = Object.values(beat?.datasets ?? {}).flatMap(({ bytes }) => bytes ?? []);
  return sizes.length ? sizes.reduce((sum, bytes) => sum + bytes, 0) : undefined;
}

export const PARTS = ['database', 'repositories', 'files'] as const;
export type Part = (typeof PARTS)[number];

export class Store {
  private readonly client: S3Client;

  constructor(access: StoreAccess) {
    this.client = new S3Client({
      endpoint: access.endpoint,
      region: access.region,
      forcePathStyle: true,
      credentials: { accessKeyId: access.accessKey, secretAccessKey: access.secretKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      maxAttempts: 3,
    });
  }

  /** Every incarnation's last heartbeat, newest first; none where there is no bucket yet. */
  async heartbeats(bucket: string): Promise<Heartbeat[]> {
    const beats = await Promise.all(
      (await this.incarnations(bucket)).map((incarnation) => this.heartbeat(bucket, incarnation)),
    );
    return beats.filter((beat): beat is Heartbeat => beat !== undefined).sort((a, b) => b.storedAt - a.storedAt);
  }

  /** The last heartbeat of one incarnation. */
  async heartbeat(bucket: string, incarnation: string): Promise<Heartbeat | undefined> {
    try {
      const object = await this.client.send(
        new GetObjectCommand({ Bucket: bucket, Key: `${incarnation}/heartbeat.json` }),
      );
      const beat = heartbeatSchema.parse(JSON.parse(await object.Body!.transformToString()));
      return { ...beat, storedAt: object.LastModified?.getTime() ?? Date.parse(beat.at) };
    } catch (error) {
      if ((error as { name?: string }).name === 'NoSuchKey') return undefined;
      throw error;
    }
  }

  close(): void {
    this.client.destroy();
  }

  private async incarnations(bucket: string): Promise<string[]> {
    try {
      const listed = await this.client.send(new ListObjectsV2Command({ Bucket: bucket, Delimiter: '/' }));
      return (listed.CommonPrefixes ?? []).map((entry) => (entry.Prefix ?? '').replace(/\/$/, ''));
    } catch (error) {
      if (error instanceof NoSuchBucket || (error as { name?: string }).name === 'NoSuchBucket') return [];
      throw error;
    }
  }
}
