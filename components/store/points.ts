/**
 * Restore points of one part of a dataset, told from the listing of its objects, as `host/lib/points.sh` tells
 * them on a host. Pure. Times are the store's own, in milliseconds since the epoch, whole seconds.
 */
export interface Stored {
  /** Key below the part. */
  path: string;
  at: number;
  /** Bytes. */
  size: number;
}

export interface Point {
  /** The newest of its objects. */
  at: number;
  /** What a restore reads, in the order in which it is worth trying: the newest first. */
  objects: Stored[];
}

export type PartName = 'database' | 'repositories' | 'files';

const newestFirst = (objects: Stored[]): Stored[] =>
  [...objects].sort((a, b) => b.at - a.at || b.path.localeCompare(a.path));
const pointOf = (objects: Stored[]): Point => ({ at: Math.max(...objects.map(({ at }) => at)), objects });

/** The newest point of a part at or before a moment. */
export function pointAt(part: PartName, listed: Stored[], before = Infinity): Point | undefined {
  return { database, repositories, files }[part](listed.filter(({ at }) => at <= before));
}

/** litestream: `generations/<generation>/snapshots/<index>…` and `…/wal/<index>_<offset>…`. */
function database(listed: Stored[]): Point | undefined {
  const pieces = listed.flatMap((object) => {
    const [, generation, kind, index = ''] =
      /^generations\/([^/]+)\/(snapshots|wal)\/([0-9a-f]+)/.exec(object.path) ?? [];
    return generation ? [{ object, generation, snapshot: kind === 'snapshots', index: parseInt(index, 16) }] : [];
  });
  const snapshots = pieces.filter(({ snapshot }) => snapshot);
  const began = (generation: string) =>
    Math.min(...snapshots.filter((piece) => piece.generation === generation).map(({ object }) => object.at));
  const [generation] = [...new Set(snapshots.map((piece) => piece.generation))].sort((a, b) => began(b) - began(a));
  const [from] = snapshots.filter((piece) => piece.generation === generation).sort((a, b) => b.index - a.index);
  if (!from) return undefined;
  const wal = pieces
    .filter((piece) => piece.generation === generation && !piece.snapshot && piece.index >= from.index)
    .map(({ object }) => object);
  // Nothing can be restored without the snapshot, so it comes first.
  return pointOf([from.object, ...newestFirst(wal)]);
}

/** Shipped repositories: `<repository>/<ms>-base|delta|gone.age`; a base and what came after it. */
function repositories(listed: Stored[]): Point | undefined {
  const entries = listed.flatMap((object) => {
    const found = /^([^/]+)\/(\d{13})-(base|delta|gone)\.age$/.exec(object.path);
    return found ? [{ object, repository: found[1], stamp: Number(found[2]), kind: found[3] }] : [];
  });
  if (entries.length === 0) return undefined;
  const needed = [...new Set(entries.map(({ repository }) => repository))].flatMap((name) => {
    const chain = entries.filter(({ repository }) => repository === name).sort((a, b) => a.stamp - b.stamp);
    if (chain.at(-1)?.kind === 'gone') return [];
    const base = chain.map(({ kind }) => kind).lastIndexOf('base');
    return base === -1 ? [] : chain.slice(base).map(({ object }) => object);
  });
  return { at: pointOf(entries.map(({ object }) => object)).at, objects: newestFirst(needed) };
}

/** A restic repository: the newest snapshot, the indexes, and what was stored up to it. */
function files(listed: Stored[]): Point | undefined {
  const [snapshot] = newestFirst(listed.filter(({ path }) => path.startsWith('snapshots/')));
  if (!snapshot) return undefined;
  const upTo = (folder: string) =>
    newestFirst(listed.filter(({ path, at }) => path.startsWith(`${folder}/`) && at <= snapshot.at));
  return { at: snapshot.at, objects: [snapshot, ...upTo('index'), ...upTo('data')] };
}
