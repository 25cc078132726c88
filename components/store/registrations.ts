/**
 * Which machines were a host's primary. The program writes it down when a machine takes over, with the administrator's key, before the machine
 * gets a key of its own: no host can make itself one, and a droplet that only carries a tag is none.
 */
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { PRIMARIES_FOLDER } from './names';

export const registrationSchema = z.object({
  stack: z.string(),
  host: z.string(),
  incarnation: z.string(),
  /** Its own address, not the one that the names lead to. */
  address: z.string(),
  /** How often a successor had been asked for when it took over: the host's `rebuild` value. */
  generation: z.number().int(),
});

export type Registration = z.infer<typeof registrationSchema>;

/** Outside of every incarnation's prefix: a host may write nothing here. */
export const registrationKey = (incarnation: string): string => `${PRIMARIES_FOLDER}/${incarnation}.json`;

export async function register(client: S3Client, bucket: string, registration: Registration): Promise<void> {
  await client.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: registrationKey(registration.incarnation),
      Body: JSON.stringify(registration),
    }),
  );
}
