/** What a store holds of one host: its incarnations, their last heartbeats, and which services can be restored from them. */
import type { S3Client } from '@aws-sdk/client-s3';
import { heartbeatOf, type Heartbeat } from './heartbeats';
import { folders, json, storedAt } from './objects';
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

/** Every incarnation of a host, newest first; none where the bucket does not exist. */
export async function incarnationsOf(client: S3Client, bucket: string): Promise<Incarnation[]> {
  const prefixes = await folders(client, bucket);
  const found = await Promise.all(
    prefixes.map(async (id): Promise<Incarnation> => {
      const [made, heartbeat, services] = await Promise.all([
        json(client, bucket, registrationKey(id)),
        heartbeatOf(client, bucket, id),
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
        heartbeat,
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
    .sort((a, b) => (b.complete[service] ?? '').localeCompare(a.complete[service] ?? ''));
  return [
    ...complete,
    ...registered.filter(({ complete, services }) => !complete[service] && services.includes(service)),
  ];
}
