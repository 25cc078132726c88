/** Whether what a service would be restored from is what was written, and if not, which older state is. */
import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Version } from './driver';
import { bytes } from './objects';
import { planAt, type Plan, type PlanObject, type Wanted } from './plan';

export interface Tried {
  /** The newest plan, whatever its state; undefined where there is none. */
  newest: Plan | undefined;
  /** Keys of objects that the newest plan needs, of which no version is what was written; empty when all is well. */
  broken: string[];
  /** Keys of which an older version is taken, because what was written over it does not open. */
  overwritten: string[];
  /** The newest plan whose objects are what was written. */
  intact: Plan | undefined;
}

/** What objects are read and opened with. */
export interface Opener {
  /** The content of a version; undefined where it is gone. */
  read(object: PlanObject): Promise<Uint8Array | undefined>;
  /** Whether a text encrypted with age opens, to its last byte. */
  opens(content: Uint8Array): Promise<boolean>;
}

/** Of each part this much is read, from the newest back: what changed last is what no earlier rebuild has proved. */
const MAX_OBJECTS = 64;
const MAX_BYTES = 16 * 2 ** 20;
/** A damaged store is not searched for ever. */
const MAX_STEPS = 50;
const AT_ONCE = 16;

/**
 * Tries the newest plan at or before `before`. What was written over is taken as it was before; from what is broken beyond that it steps back.
 * A restore takes every part as of one moment, so one broken object moves all of them back.
 */
export async function tryPlans(opener: Opener, wanted: Wanted, versions: Version[], before = Infinity): Promise<Tried> {
  const writes = writesOf(versions);
  const rejected = new Set<string>();
  const known = new Map<string, boolean>();
  const tried: Tried = { newest: undefined, broken: [], overwritten: [], intact: undefined };
  let limit = before;
  for (let step = 0; step < MAX_STEPS; step++) {
    const plan = planAt(
      wanted,
      versions.filter(({ id }) => !rejected.has(id)),
      limit,
    );
    if (!plan) break;
    tried.newest ??= plan;
    const broken = await brokenOf(opener, plan, writes, known);
    if (!broken.length) {
      tried.intact = plan;
      break;
    }
    const lost = broken.filter(({ key, versionId }) => {
      const [first, ...others] = (writes.get(key) ?? []).filter(({ at }) => at <= limit);
      rejected.add(versionId);
      // All that was written over the first is passed over: somebody may have done so many times.
      for (const { id } of others) rejected.add(id);
      const hasFirst = first !== undefined && first.id !== versionId;
      if (hasFirst) tried.overwritten.push(key);
      // restic finds what an index tells in the data as well.
      return !hasFirst && !/\/files\/index\//.test(key);
    });
    if (!lost.length) continue;
    if (!tried.broken.length) tried.broken = lost.map(({ key }) => key);
    limit = Math.min(...lost.map(({ at }) => Date.parse(at))) - 1;
  }
  return tried;
}

/** The versions with data of each key, oldest first. */
function writesOf(versions: Version[]): Map<string, Version[]> {
  const writes = new Map<string, Version[]>();
  for (const version of new Map(versions.map((one) => [`${one.id} ${one.key}`, one])).values())
    if (!version.hidden) writes.set(version.key, [...(writes.get(version.key) ?? []), version]);
  for (const one of writes.values()) one.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  return writes;
}

async function brokenOf(
  opener: Opener,
  plan: Plan,
  writes: Map<string, Version[]>,
  known: Map<string, boolean>,
): Promise<PlanObject[]> {
  const tried = Object.values(plan.parts).flatMap(({ objects }) => {
    const over = objects.filter(({ key }) => (writes.get(key)?.length ?? 0) > 1);
    return [...new Set([...over, ...withinBounds(objects)])];
  });
  const next = tried.filter(({ versionId }) => !known.has(versionId))[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const object of next) {
        const isFirst = writes.get(object.key)?.[0]?.id === object.versionId;
        known.set(object.versionId, await isIntact(opener, object, isFirst));
      }
    }),
  );
  return tried.filter(({ versionId }) => !known.get(versionId));
}

/** A database comes back from its snapshot, so that is tried whatever came after it. */
function withinBounds(objects: PlanObject[]): PlanObject[] {
  let left = MAX_BYTES;
  const isSnapshot = ({ key }: PlanObject) => /\/database\/.*\/snapshots\//.test(key);
  return [...objects]
    .sort((a, b) => Number(isSnapshot(b)) - Number(isSnapshot(a)) || b.at.localeCompare(a.at))
    .slice(0, MAX_OBJECTS)
    .filter(({ size }, index) => (left -= size) >= 0 || index === 0);
}

/**
 * restic names its objects by the hash of their content, but for its configuration, which never changes; everything else is encrypted with age,
 * which seals what it encrypts.
 */
async function isIntact(opener: Opener, object: PlanObject, isFirst: boolean): Promise<boolean> {
  if (object.key.endsWith('/files/config')) return isFirst;
  const content = await opener.read(object);
  if (!content) return false;
  const named = /\/files\/.*\/([0-9a-f]{64})$/.exec(object.key);
  if (named) return createHash('sha256').update(content).digest('hex') === named[1];
  return opener.opens(content);
}

/** Reads and opens what is in a bucket, with an age identity. */
export async function openerOf(client: S3Client, bucket: string, identity: string): Promise<Opener> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return {
    read: ({ key, versionId }) => bytes(client, bucket, key, versionId),
    opens: (content) =>
      decrypter.decrypt(content).then(
        () => true,
        () => false,
      ),
  };
}
