/** Whether the newest restore point of a service is what was written, and if not, which older one is. */
import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { pointAt, type PartName, type Point, type Stored } from './points';
import { bytes, listed } from './objects';

export interface Tried {
  /** The newest point, whatever its state; undefined where a part has none. Milliseconds since the epoch. */
  newest: number | undefined;
  /** Keys of objects that the newest points need and that are not what was written; empty when all is well. */
  broken: string[];
  /** The newest intact point. `at` is the moment to ask for, `lostSeconds` what lies between it and the newest one. */
  intact: { at: number; lostSeconds: number } | undefined;
}

export interface PointStore {
  /** Every object below `<incarnation>/<service>/<part>/`. */
  list(prefix: string): Promise<Stored[]>;
  /** An object's content; undefined where it is gone. */
  read(key: string): Promise<Uint8Array | undefined>;
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
 * Tries the newest point at or before `before` of all parts, and steps back from whatever is broken.
 * A restore takes every part as of one moment, so one broken object moves all of them back.
 */
export async function tryPoints(
  store: PointStore,
  prefix: string,
  parts: PartName[],
  before = Infinity,
): Promise<Tried> {
  const listed = await Promise.all(
    parts.map(async (part) => ({ part, objects: await store.list(`${prefix}/${part}/`) })),
  );
  const known = new Map<string, boolean>();
  const pointsAt = (limit: number) => listed.map(({ part, objects }) => pointAt(part, objects, limit));
  const first = pointsAt(before);
  if (!isWhole(first)) return { newest: undefined, broken: [], intact: undefined };
  const newest = Math.max(...first.map(({ at }) => at));
  let limit = before;
  let broken: string[] = [];
  for (let step = 0; step < MAX_STEPS; step++) {
    const points = pointsAt(limit);
    if (!isWhole(points)) break;
    const found = (
      await Promise.all(points.map((point, index) => brokenOf(store, `${prefix}/${parts[index]}/`, point, known)))
    ).flat();
    if (found.length === 0) {
      const lost = Math.max(...points.map((point, index) => (first[index] ?? point).at - point.at));
      return { newest, broken, intact: { at: broken.length ? limit : newest, lostSeconds: lost / 1000 } };
    }
    if (step === 0) broken = found.map(({ key }) => key);
    limit = Math.min(...found.map(({ object }) => object.at)) - 1000;
  }
  return { newest, broken, intact: undefined };
}

const isWhole = (points: Array<Point | undefined>): points is Point[] => points.every(Boolean);

async function brokenOf(
  store: PointStore,
  prefix: string,
  point: Point,
  known: Map<string, boolean>,
): Promise<Array<{ key: string; object: Stored }>> {
  const tried = withinBounds(point.objects).map((object) => ({ key: prefix + object.path, object }));
  const unknown = tried.filter(({ key }) => !known.has(key));
  const next = unknown[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const { key } of next) known.set(key, await isIntact(store, key));
    }),
  );
  return tried.filter(({ key }) => !known.get(key));
}

function withinBounds(objects: Stored[]): Stored[] {
  let left = MAX_BYTES;
  return objects.slice(0, MAX_OBJECTS).filter(({ size }, index) => (left -= size) >= 0 || index === 0);
}

/** restic names its objects by the hash of their content; everything else is encrypted with age, which seals what it encrypts. */
async function isIntact(store: PointStore, key: string): Promise<boolean> {
  const content = await store.read(key);
  if (!content) return false;
  const named = /\/files\/.*\/([0-9a-f]{64})$/.exec(key);
  return named ? createHash('sha256').update(content).digest('hex') === named[1] : store.opens(content);
}

/** The points of a real store, opened with an age identity. */
export async function pointStore(client: S3Client, bucket: string, identity: string): Promise<PointStore> {
  const { Decrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return {
    list: (prefix) => listed(client, bucket, prefix),
    read: (key) => bytes(client, bucket, key),
    opens: (content) =>
      decrypter.decrypt(content).then(
        () => true,
        () => false,
      ),
  };
}
