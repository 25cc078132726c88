/** Removes from a host's bucket what is needed no more, with a key that lists versions, reads kept points, and removes versions. */
import { DeleteObjectsCommand, type S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import type { Version } from './driver';
import { HOST_FOLDER, POINTS_FOLDER, PRIMARIES_FOLDER, STANDBY_FOLDER } from './names';
import { levelOf, versionsOf } from './objects';
import { firstOf, PARTS } from './plan';
import { endOf, listPoints, objectsOf, readPointOf } from './points';
import { prunable, replacedAt, type Begun } from './prune';
import { registrationKey } from './registrations';

/** How long what was superseded stays, in milliseconds. */
export interface Windows {
  /** Of repositories. */
  repositories: number;
  /** Of everything else. */
  others: number;
  /** Of an incarnation that a newer one replaced. */
  replaced: number;
}

/** What goes of one folder of the store. */
export interface Removal {
  /** Empty for what is the host's own. */
  service: string;
  part: string;
  /** Each is done before the next one begins. */
  stages: Version[][];
}

interface Unit {
  service: string;
  part: string;
  versions: Version[];
  replacedAt?: number;
}

/** What can be removed from a bucket, folder by folder. Kept points that ran out come first, and only after that what they needed. */
export async function* removals(
  client: S3Client,
  bucket: string,
  windows: Windows,
  now = Date.now(),
): AsyncGenerator<Removal> {
  const { kept, over } = await pointsAt(client, bucket, now);
  yield { service: '', part: POINTS_FOLDER, stages: [over] };
  for await (const { service, part, versions, replacedAt: at } of unitsOf(client, bucket)) {
    const rules = {
      now,
      windowMs: part === 'repositories' ? windows.repositories : windows.others,
      ...(at === undefined ? {} : { replacedAt: at }),
      replacedMs: windows.replaced,
      isKept: ({ key, id }: Version) => kept.has(`${key} ${id}`),
    };
    yield { service, part, stages: prunable(versions, rules) };
  }
}

/** Versions that kept points need, and the points that ran out. All that the newest one needs is kept, whatever its age. */
async function pointsAt(
  client: S3Client,
  bucket: string,
  now: number,
): Promise<{ kept: Set<string>; over: Version[] }> {
  const kept = new Set<string>();
  const ended: string[] = [];
  const moments = await listPoints(client, bucket);
  for (const moment of moments) {
    const point = await readPointOf(client, bucket, moment);
    const isNewest = moment === moments.at(-1);
    for (const part of PARTS)
      if (isNewest || Date.parse(point.until[part]) > now)
        for (const { key, versionId } of objectsOf(point, part)) kept.add(`${key} ${versionId}`);
    if (!isNewest && Date.parse(endOf(point)) <= now) ended.push(moment);
  }
  const versions = await versionsOf(client, bucket, `${POINTS_FOLDER}/`);
  return { kept, over: versions.filter(({ key }) => ended.some((moment) => key.endsWith(`/${moment}.json`))) };
}

/** Everything in a bucket but kept points and registrations, in folders that fit in memory. */
async function* unitsOf(client: S3Client, bucket: string): AsyncGenerator<Unit> {
  yield { service: '', part: STANDBY_FOLDER, versions: await versionsOf(client, bucket, `${STANDBY_FOLDER}/`) };
  const { folders } = await levelOf(client, bucket, '');
  const ids = folders.filter((id) => ![POINTS_FOLDER, PRIMARIES_FOLDER, STANDBY_FOLDER].includes(id));
  const all = await Promise.all(ids.map((id) => begunOf(client, bucket, id)));
  for (const one of all) {
    const versions = await versionsOf(client, bucket, `${one.id}/${HOST_FOLDER}/`);
    yield { service: '', part: HOST_FOLDER, versions, ...replaced(all, one) };
    for (const service of one.services) {
      const below = `${one.id}/${service}/`;
      const level = await levelOf(client, bucket, below);
      const goes = replaced(all, one, service);
      yield { service, part: 'state', versions: level.versions, ...goes };
      for (const part of level.folders)
        for (const prefix of await foldersOf(client, bucket, below, part))
          yield { service, part, versions: await versionsOf(client, bucket, prefix), ...goes };
    }
  }
}

/** An hour of a database, or a repository, is a folder of its own; the files of a service are one. */
async function foldersOf(client: S3Client, bucket: string, below: string, part: string): Promise<string[]> {
  if (part === 'files') return [`${below}${part}/`];
  const { folders } = await levelOf(client, bucket, `${below}${part}/`);
  return folders.map((name) => `${below}${part}/${name}/`);
}

function replaced(all: Begun[], one: Begun, service?: string): { replacedAt?: number } {
  const at = replacedAt(all, one, service);
  return at === undefined ? {} : { replacedAt: at };
}

async function begunOf(client: S3Client, bucket: string, id: string): Promise<Begun> {
  const first = async (key: string) =>
    firstOf((await versionsOf(client, bucket, key)).filter((version) => version.key === key))?.at;
  const { folders } = await levelOf(client, bucket, `${id}/`);
  const services = folders.filter((name) => name !== HOST_FOLDER);
  const complete = await Promise.all(
    services.map(async (service) => {
      const at = await first(`${id}/${service}/complete.json`);
      return at === undefined ? [] : [[service, at] as const];
    }),
  );
  const registered = await first(registrationKey(id));
  return {
    id,
    ...(registered === undefined ? {} : { registeredAt: registered }),
    services,
    completeAt: Object.fromEntries(complete.flat()),
  };
}

export interface Freed {
  versions: number;
  bytes: number;
  /** Versions that the store would not remove yet, because they are locked. */
  locked: number;
}

/** The store answers a request for many versions only when it has removed all of them. */
const A_REQUEST = 250;
const AT_ONCE = 4;

/** Removes all of a removal; `freed` adds it up as it goes. What was removed before is no error. */
export async function remove(client: S3Client, bucket: string, { stages }: Removal, freed: Freed): Promise<void> {
  /** Keys of which something stays, so that their markers must stay too. */
  const staying = new Set<string>();
  for (const stage of stages)
    await pMap(
      requestsOf(stage.filter(({ hidden, key }) => !(hidden && staying.has(key)))),
      async (versions) => {
        const locked = await removeTogether(client, bucket, versions);
        for (const { key } of locked) staying.add(key);
        const done = versions.filter((version) => !locked.includes(version));
        freed.locked += locked.length;
        freed.versions += done.length;
        freed.bytes += done.reduce((sum, { size }) => sum + size, 0);
      },
      { concurrency: AT_ONCE },
    );
}

/** The versions of a key are in one request: the store moves an older version as it removes the newest. */
function requestsOf(versions: Version[]): Version[][] {
  const requests: Version[][] = [];
  let last: Version[] = [];
  versions.forEach((version, index) => {
    if (last.length === 0 || (last.length >= A_REQUEST && versions[index - 1]?.key !== version.key))
      requests.push((last = []));
    last.push(version);
  });
  return requests;
}

/** Returns those that are locked. */
async function removeTogether(client: S3Client, bucket: string, versions: Version[]): Promise<Version[]> {
  const Objects = versions.map(({ key, id }) => ({ Key: key, VersionId: id }));
  const { Errors = [] } = await client.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
  );
  const refused = Errors.filter(({ Code }) => Code !== 'NoSuchVersion' && Code !== 'NoSuchKey');
  const [other] = refused.filter(({ Message }) => !/object lock/i.test(Message ?? ''));
  if (other) throw new Error(`the store did not remove ${other.Key}: ${other.Code}: ${other.Message}`);
  return versions.filter(({ key, id }) => refused.some(({ Key, VersionId }) => Key === key && VersionId === id));
}
