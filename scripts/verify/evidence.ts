/** What a proof of the backups left behind: one JSON object a run and host, in a bucket of the stack's own that lets nothing go. */
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';

export const evidenceSchema = z.strictObject({
  stack: z.string(),
  host: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  engine: z.string(),
  /** Of each dataset: the incarnation it came from, the moment it was restored to, and its parts. */
  restored: z.array(
    z.looseObject({ service: z.string(), restoredFrom: z.string().nullable(), at: z.string().nullable() }),
  ),
  checks: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string() })),
  ok: z.boolean(),
});

export type Evidence = z.infer<typeof evidenceSchema>;

const prefixOf = (host: string) => `proof/${host}/`;

export async function writeEvidence(client: S3Client, bucket: string, evidence: Evidence): Promise<string> {
  const key = `${prefixOf(evidence.host)}${evidence.endedAt}.json`;
  await client.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: `${JSON.stringify(evidenceSchema.parse(evidence), null, 2)}\n`,
      ContentType: 'application/json',
    }),
  );
  return key;
}

/** The newest evidence of a host; none where nothing was ever proved. Names are moments, so that the last one is the newest. */
export async function newestEvidence(client: S3Client, bucket: string, host: string): Promise<Evidence | undefined> {
  try {
    let newest: string | undefined;
    let token: string | undefined;
    do {
      const page: import('@aws-sdk/client-s3').ListObjectsV2CommandOutput = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefixOf(host), ContinuationToken: token }),
      );
      newest = page.Contents?.at(-1)?.Key ?? newest;
      token = page.NextContinuationToken;
    } while (token);
    if (newest === undefined) return undefined;
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: newest }));
    return evidenceSchema.parse(JSON.parse((await Body?.transformToString()) ?? ''));
  } catch (error) {
    if ((error as { name?: string }).name === 'NoSuchBucket') return undefined;
    throw error;
  }
}
