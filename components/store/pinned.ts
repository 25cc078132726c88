/** The version of each object of a plan, for who must name it: to lock it, or to copy it. One request an object. */
import type { S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { currentOf, versionsOf } from './objects';
import { isAsNamed, oldestFirst, type Plan, type PlanObject } from './plan';

const AT_ONCE = 32;

/**
 * The plan with versions everywhere. A listing of what is visible tells none; what it told is what its name says, and is found by that, also where it
 * was hidden or written over since. Throws where it is gone.
 */
export async function pinned(client: S3Client, bucket: string, plan: Plan): Promise<Plan> {
  const pin = async (object: PlanObject): Promise<PlanObject> =>
    object.versionId ? object : { ...object, versionId: await idOf(client, bucket, object.key) };
  const parts = Object.entries(plan.parts).map(async ([part, { at, objects }]) => {
    return [part, { at, objects: await pMap(objects, pin, { concurrency: AT_ONCE }) }] as const;
  });
  return { ...plan, parts: Object.fromEntries(await Promise.all(parts)) };
}

async function idOf(client: S3Client, bucket: string, key: string): Promise<string> {
  const current = await currentOf(client, bucket, key);
  if (current && isAsNamed({ key, etag: current.etag }) === true) return current.id;
  const written = (await versionsOf(client, bucket, key)).filter((one) => !one.hidden && one.key === key);
  const [named] = written.filter((one) => isAsNamed(one) === true).sort(oldestFirst);
  if (!named) throw new Error(`${key} is gone from the store since the plan was made; make it again`);
  return named.id;
}
