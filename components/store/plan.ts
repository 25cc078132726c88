/**
 * What a service is restored from as of a moment: the one selection of objects that preflight, restore, proof, standby, status and the steps
 * by hand share. Pure. Only the store says when something was written: neither a name nor a host's clock counts.
 */
import { z } from 'zod';
import type { Version } from './driver';

export const PARTS = ['database', 'repositories', 'files'] as const;
export type Part = (typeof PARTS)[number];

const moment = z.iso.datetime();
const objectSchema = z.strictObject({
  key: z.string(),
  /** Empty where the object is what its name says, and is to be found by that. */
  versionId: z.string(),
  /** Bytes. */
  size: z.number().int(),
  at: moment,
});
const partSchema = z.strictObject({
  /** When its newest object was written. */
  at: moment,
  /** In the order in which a restore applies them. */
  objects: z.array(objectSchema),
});

/** Input of a restore. */
export const planSchema = z.strictObject({
  /** The moment as of which everything is taken. */
  moment,
  host: z.string(),
  incarnation: z.string(),
  service: z.string(),
  /** Whether the first backup of the incarnation was finished; one that was not may lack data. */
  complete: z.boolean(),
  parts: z.partialRecord(z.enum(PARTS), partSchema),
});

export type Plan = z.infer<typeof planSchema>;
export type PlanObject = z.infer<typeof objectSchema>;

/** What a plan is made for. */
export interface Wanted {
  host: string;
  service: string;
  incarnation: string;
  complete: boolean;
  parts: Part[];
}

/** A moment in milliseconds since the epoch, as RFC 3339. */
export const isoOf = (at: number): string => new Date(at).toISOString();

/** The parts of a dataset. */
export const partsOf = (dataset: object | undefined): Part[] => PARTS.filter((part) => dataset && part in dataset);

/** By the time of writing; what has the same by its id, and what was listed without one by its key. */
export const oldestFirst = (a: Version, b: Version): number => a.at - b.at || (a.id + a.key < b.id + b.key ? -1 : 1);

/** What a moment sees: of each key the newest version written at or before it, unless that one hides the key. */
export function seenAt(versions: Version[], at = Infinity): Version[] {
  const seen = new Map<string, Version>();
  for (const version of versions) {
    const known = seen.get(version.key);
    if (version.at <= at && (!known || oldestFirst(known, version) < 0)) seen.set(version.key, version);
  }
  return [...seen.values()].filter(({ hidden }) => !hidden).sort(oldestFirst);
}

/** What was written first: of what is written once, whatever came after it is somebody else's. */
export const firstOf = (versions: Version[], at = Infinity): Version | undefined =>
  versions.filter((one) => !one.hidden && one.at <= at).sort(oldestFirst)[0];

/** An entry of a repository, below its part or from the top: the repository, the kind of entry, and the MD5 of its content. */
const ENTRY = /(?:^|\/repositories\/)([A-Za-z0-9][\w.-]*__[\w.-]+\.git)\/\d{13}-(base|delta|gone)-([0-9a-f]{32})\.age$/;

export const isEntry = ({ key }: Version): boolean => ENTRY.test(key);

/** Whether an entry is what its name says; undefined where the store's tag does not tell, because the entry went in parts. */
export function isAsNamed({ key, etag = '' }: Pick<Version, 'key' | 'etag'>): boolean | undefined {
  const [, , , sum = ''] = ENTRY.exec(key) ?? [];
  return /^"?[0-9a-f]{32}"?$/.test(etag) ? etag.includes(sum) : undefined;
}

/** Whether a version is a snapshot that a database begins with. */
export const isDatabaseSnapshot = ({ key }: { key: string }): boolean => /\/database\/.*\/snapshots\//.test(key);

/**
 * What a host may have written: an entry of a repository is what its name says, and restic writes nothing twice. Whatever else was written
 * over that is somebody else's.
 */
export function genuine(versions: Version[]): Version[] {
  const firsts = new Map<string, Version>();
  for (const version of versions) {
    const first = firsts.get(version.key);
    if (!version.hidden && (!first || oldestFirst(version, first) < 0)) firsts.set(version.key, version);
  }
  return versions.filter((version) => {
    if (version.hidden) return true;
    if (/^[^/]+\/[^/]+\/files\//.test(version.key)) return firsts.get(version.key)?.id === version.id;
    return !/^[^/]+\/[^/]+\/repositories\//.test(version.key) || isAsNamed(version) !== false;
  });
}

/** The plan of a service as of a moment, in milliseconds since the epoch; undefined where a part has no restore point then. */
export function planAt(wanted: Wanted, versions: Version[], at = Infinity): Plan | undefined {
  const seen = seenAt(genuine(versions), at);
  return planOf(wanted, at, (part) => selections[part](below(wanted, part, seen)));
}

/**
 * The plan of a moment that the finest tier does not hold any more: the newest snapshot that the store still shows and that was taken at or before
 * it, with the copy of the database that is in it, and the repositories as of that snapshot. Undefined where there is no such snapshot.
 */
export function coarsePlanAt(wanted: Wanted, versions: Version[], at = Infinity): Plan | undefined {
  // What is shown now: data that a snapshot needs may have been packed anew after it.
  const written = genuine(versions);
  const snapshot = files(below(wanted, 'files', seenAt(written)), at);
  if (!snapshot) return undefined;
  const taken = seenAt(written, snapshot.newest.at);
  return planOf(wanted, snapshot.newest.at, (part) =>
    part === 'repositories' ? repositories(below(wanted, part, taken)) : snapshot,
  );
}

/** What is seen of a part. */
function below({ incarnation, service }: Wanted, part: Part, seen: Version[]): Seen[] {
  const prefix = `${incarnation}/${service}/${part}/`;
  return seen.flatMap((version) =>
    version.key.startsWith(prefix) ? [{ version, path: version.key.slice(prefix.length) }] : [],
  );
}

function planOf(wanted: Wanted, at: number, pointOf: (part: Part) => Point | undefined): Plan | undefined {
  const { parts, ...rest } = wanted;
  const points = parts.flatMap((part) => {
    const point = pointOf(part);
    return point ? [{ part, ...point }] : [];
  });
  if (!points.length || points.length < parts.length) return undefined;
  return {
    moment: isoOf(Number.isFinite(at) ? at : Math.max(...points.map(({ newest }) => newest.at))),
    ...rest,
    parts: Object.fromEntries(
      points.map(({ part, newest, objects }) => [part, { at: isoOf(newest.at), objects: objects.map(planned) }]),
    ),
  };
}

/**
 * The plan of about the last moment that has one, where none has one any more because objects were hidden. The steps back double, so at most
 * as much again is passed over as was written since.
 */
export function lastHeld(wanted: Wanted, versions: Version[], before = Infinity): Plan | undefined {
  const moments = [...new Set(versions.filter(({ hidden, at }) => !hidden && at <= before).map(({ at }) => at))];
  moments.sort((a, b) => b - a);
  for (let index = 0, moment = moments[0]; moment !== undefined; index = index * 2 + 1, moment = moments[index]) {
    const plan = planAt(wanted, versions, moment);
    if (plan) return plan;
  }
  return undefined;
}

/** When the newest object of a plan was written. */
export const newestOf = ({ parts }: Plan): string =>
  Object.values(parts)
    .map(({ at }) => at)
    .sort()
    .at(-1) ?? '';

/** Bytes of everything that a plan names. What two parts read counts once. */
export function sizeOf({ parts }: Plan): number {
  const objects = Object.values(parts).flatMap((part) => part.objects);
  return [...new Map(objects.map((one) => [one.key + one.versionId, one])).values()].reduce(
    (sum, { size }) => sum + size,
    0,
  );
}

const planned = ({ key, id, size, at }: Version): PlanObject => ({ key, versionId: id, size, at: isoOf(at) });

/** A version, and its key below the part. */
interface Seen {
  version: Version;
  path: string;
}

interface Point {
  newest: Version;
  /** In the order in which a restore applies them. */
  objects: Version[];
}

/** The restore point of each part, from what is seen of it, oldest first. */
const selections: Record<Part, (seen: Seen[]) => Point | undefined> = {
  database,
  repositories,
  files: (seen) => files(seen),
};

/**
 * litestream: `<folder>/generations/<generation>/snapshots/<index>…` and `…/wal/<index>_<offset>…`. While a host begins a new folder it ships to both:
 * the one with the newest piece counts, because the other one is behind it.
 */
function database(seen: Seen[]): Point | undefined {
  const all = seen.flatMap(({ version, path }) => {
    const [, generation, kind, index] =
      /^(\d{8}\/generations\/[0-9a-f]+)\/(snapshots|wal)\/([0-9a-f]{8})(?:_[0-9a-f]{8}\.wal|\.snapshot)\.lz4$/.exec(
        path,
      ) ?? [];
    return generation === undefined || index === undefined ? [] : [{ version, generation, kind, index }];
  });
  const begun = new Set(all.filter(({ kind }) => kind === 'snapshots').map(({ generation }) => generation));
  const generation = all.filter((piece) => begun.has(piece.generation)).at(-1)?.generation;
  const own = all.filter((piece) => piece.generation === generation);
  const from = own.filter(({ kind }) => kind === 'snapshots').at(-1);
  if (!from) return undefined;
  const pieces = own.filter(({ kind, index }) => kind === 'wal' && index >= from.index);
  const [newest] = [from, ...pieces]
    .map(({ version }) => version)
    .sort(oldestFirst)
    .reverse();
  return newest && { newest, objects: [from, ...pieces].map(({ version }) => version) };
}

/**
 * Entries of repositories: `<owner>__<repository>.git/<stamp>-base|delta|gone-<md5>.age`. Each is added to those before, so that one that merges
 * others may come later than what it does not hold; `gone` ends them.
 */
function repositories(seen: Seen[]): Point | undefined {
  let newest: Version | undefined;
  const chains = new Map<string, Array<{ version: Version; kind: string }>>();
  for (const { version, path } of seen) {
    const [, name, kind] = ENTRY.exec(path) ?? [];
    if (name === undefined || kind === undefined) continue;
    newest = version;
    chains.set(name, kind === 'gone' ? [] : [...(chains.get(name) ?? []), { version, kind }]);
  }
  const entries = [...chains.values()].filter((chain) => chain.length);
  // No host writes a chain without its base, nor hides a base before another one stands in its place.
  if (entries.some((chain) => !chain.some(({ kind }) => kind === 'base'))) return undefined;
  const objects = entries.flat().map(({ version }) => version);
  return newest && { newest, objects };
}

/**
 * A restic repository: what opens it, its newest snapshot of a moment, and all indexes and data, because what a snapshot needs may be packed anew
 * after it.
 */
function files(seen: Seen[], until = Infinity): Point | undefined {
  const named = (pattern: RegExp) => seen.flatMap(({ version, path }) => (pattern.test(path) ? [version] : []));
  const snapshot = named(/^snapshots\/[0-9a-f]{64}$/)
    .filter(({ at }) => at <= until)
    .at(-1);
  if (!snapshot) return undefined;
  const objects = [
    ...named(/^config$/),
    ...named(/^keys\/[0-9a-f]{64}$/),
    ...named(/^(index|data\/[0-9a-f]{2})\/[0-9a-f]{64}$/),
    snapshot,
  ];
  return { newest: snapshot, objects };
}
