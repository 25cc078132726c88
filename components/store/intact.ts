/** Whether what a service would be restored from is what was written, and if not, which older state is. */
import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import type { Version } from './driver';
import { bytes } from './objects';
import { isDatabaseSnapshot, oldestFirst, type Plan, type PlanObject } from './plan';
import type { Candidate } from './restore-points';

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
 * Tries the newest plan at or before `before`. A piece of a database that was written over is taken as it was before; from what is broken beyond
 * that it steps back. A restore takes every part as of one moment, so one broken object moves all of them back.
 */
export async function tryPlans(
  opener: Opener,
  { wanted, listing, select }: Candidate,
  before?: number,
): Promise<Tried> {
  const rejected = new Set<string>();
  const known = new Map<string, boolean>();
  const overwritten = new Set<string>();
  let [newest, intact]: Array<Plan | undefined> = [];
  let broken: string[] = [];
  let limit = before;
  for (let step = 0; step < MAX_STEPS && !intact; step++) {
    const versions = await listing(limit);
    const writes = writesOf(versions);
    const left = versions.filter(({ key, id }) => !rejected.has(named(key, id)));
    const plan = select(wanted, left, limit);
    if (!plan) break;
    newest ??= plan;
    for (const key of replaced(plan, writes, limit)) overwritten.add(key);
    const bad = await brokenOf(opener, plan, writes, known);
    const lost = bad.filter(({ key, versionId }) => {
      const [first, ...others] = (writes.get(key) ?? []).filter(({ at }) => at <= (limit ?? Infinity));
      rejected.add(named(key, versionId));
      // All that was written over the first is passed over: somebody may have done so many times.
      for (const { id } of others) rejected.add(named(key, id));
      // restic finds what an index tells in the data as well.
      return (!first || first.id === versionId) && !/\/files\/index\//.test(key);
    });
    if (!bad.length) intact = plan;
    if (!lost.length) continue;
    if (!broken.length) broken = lost.map(({ key }) => key);
    limit = Math.min(...lost.map(({ at }) => Date.parse(at))) - 1;
  }
  return { newest, broken, overwritten: [...overwritten], intact };
}

const named = (key: string, id: string): string => `${id} ${key}`;

/** Keys of which something else was written after what a plan takes, and before its moment. */
function replaced({ parts }: Plan, writes: Map<string, Version[]>, until = Infinity): string[] {
  const objects = Object.values(parts).flatMap(({ objects }) => objects);
  return objects.flatMap(({ key, versionId }) => {
    const written = (writes.get(key) ?? []).filter(({ at }) => at <= until);
    const taken = written.findIndex(({ id }) => id === versionId);
    const isOther = ({ etag }: Version) => etag === undefined || etag !== written[taken]?.etag;
    return written.slice(taken + 1).some(isOther) ? [key] : [];
  });
}

/** The versions with data of each key, oldest first. */
function writesOf(versions: Version[]): Map<string, Version[]> {
  const writes = new Map<string, Version[]>();
  for (const version of new Map(versions.map((one) => [named(one.key, one.id), one])).values())
    if (!version.hidden) writes.set(version.key, [...(writes.get(version.key) ?? []), version]);
  for (const one of writes.values()) one.sort(oldestFirst);
  return writes;
}

async function brokenOf(
  opener: Opener,
  { parts }: Plan,
  writes: Map<string, Version[]>,
  known: Map<string, boolean>,
): Promise<PlanObject[]> {
  const over = (parts.database?.objects ?? []).filter(({ key }) => (writes.get(key)?.length ?? 0) > 1);
  const bounded = Object.values(parts).flatMap(({ objects }) => withinBounds(objects));
  const tried = [...new Set([...over, ...bounded])];
  const isKnown = ({ key, versionId }: PlanObject) => known.get(named(key, versionId));
  await pMap(
    tried.filter((object) => isKnown(object) === undefined),
    async (object) => known.set(named(object.key, object.versionId), await isIntact(opener, object)),
    { concurrency: AT_ONCE },
  );
  return tried.filter((object) => !isKnown(object));
}

/** A database comes back from its snapshot, so that is tried whatever came after it. */
function withinBounds(objects: PlanObject[]): PlanObject[] {
  let left = MAX_BYTES;
  return [...objects]
    .sort((a, b) => Number(isDatabaseSnapshot(b)) - Number(isDatabaseSnapshot(a)) || b.at.localeCompare(a.at))
    .slice(0, MAX_OBJECTS)
    .filter(({ size }, index) => (left -= size) >= 0 || index === 0);
}

/**
 * restic names its objects by the hash of their content, but for its configuration, which is written once; everything else is encrypted with age,
 * which seals what it encrypts.
 */
async function isIntact(opener: Opener, object: PlanObject): Promise<boolean> {
  if (object.key.endsWith('/files/config')) return true;
  const content = await opener.read(object);
  if (!content) return false;
  const sum = /\/files\/.*\/([0-9a-f]{64})$/.exec(object.key)?.[1];
  return sum === undefined ? opener.opens(content) : createHash('sha256').update(content).digest('hex') === sum;
}

/** Reads and opens what is in a bucket, with an age identity. */
export async function openerOf(client: S3Client, bucket: string, identity: string): Promise<Opener> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return {
    read: ({ key, versionId }) => bytes(client, bucket, key, versionId || undefined),
    opens: (content) =>
      decrypter.decrypt(content).then(
        () => true,
        () => false,
      ),
  };
}
