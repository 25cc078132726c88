/** What a proof of the backups left behind: one JSON object a run and host, locked in a bucket of the stack's own. */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { lockVersions } from '../../components/store/lock';
import { json, keysBelow } from '../../components/store/objects';

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

const DAY_MS = 86_400_000;
const prefixOf = (host: string) => `proof/${host}/`;

/** Writes it down and locks it for as long as a kept point; returns its key. */
export async function writeEvidence(
  client: S3Client,
  bucket: string,
  evidence: Evidence,
  { dailyDays }: { dailyDays: number },
): Promise<string> {
  const key = `${prefixOf(evidence.host)}${evidence.endedAt}.json`;
  const { VersionId: versionId = '' } = await client.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: `${JSON.stringify(evidenceSchema.parse(evidence), null, 2)}\n`,
      ContentType: 'application/json',
    }),
  );
  const until = new Date(Date.now() + dailyDays * DAY_MS).toISOString();
  await lockVersions(client, bucket, [{ key, versionId }], until);
  return key;
}

/** The newest evidence of a host; none where nothing was ever proved. Names are moments, so that the last one is the newest. */
export async function newestEvidence(client: S3Client, bucket: string, host: string): Promise<Evidence | undefined> {
  const newest = (await keysBelow(client, bucket, prefixOf(host))).at(-1);
  const object = newest === undefined ? undefined : await json(client, bucket, newest);
  return object && evidenceSchema.parse(object.content);
}
