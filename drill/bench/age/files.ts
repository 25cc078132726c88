/** Files of which some change every hour, as restic keeps them and `host/thin` lets go of them. */
import { nameOf } from './contents';
import { hashOf, text, written, type Written } from './versions';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PACK_BYTES = 16 * 2 ** 20;
/** Of what never changes, in packs. */
const STILL_PACKS = 16;
/** What an hour changes, and the rest of a snapshot. */
const CHANGED_BYTES = 2 ** 20;
const TREES_BYTES = 20_000;
const INDEX_BYTES = 4000;
const SNAPSHOT_BYTES = 400;
/** A backup holds its lock so long. */
const LOCK_MS = 5000;

export interface FilesOf {
  prefix: string;
  started: number;
  now: number;
  keep: { hourlyDays: number; dailyDays: number };
  /** What restic made of the password: its configuration and a key. */
  config: Buffer;
  key: Buffer;
}

export const liveBytes = STILL_PACKS * PACK_BYTES + CHANGED_BYTES + TREES_BYTES;

/** Bytes that changed in a span of time. */
export const changedFiles = (ms: number): number => Math.floor(ms / HOUR_MS) * (CHANGED_BYTES + TREES_BYTES);

/** All that was put since so long, and what never changed. */
export function filesOf(of: FilesOf): Written[] {
  const { prefix, started, now, keep } = of;
  const put = (folder: string, what: string, at: number, size: number, hiddenAt = Infinity): Written[] => {
    const begin = hashOf(`${folder} ${what}`);
    const seen = hiddenAt > now;
    const name = seen ? nameOf(begin, size) : begin;
    const path = folder === 'data' ? `data/${name.slice(0, 2)}/${name}` : `${folder}/${name}`;
    const versions = written({ key: prefix + path, at, size, ...(seen ? {} : { hiddenAt }) });
    return versions.map((version) => (seen ? { ...version, content: begin } : version));
  };
  const night = (at: number) => started + (Math.floor((at - started) / DAY_MS) + 1) * DAY_MS;
  /** Before a snapshot is let go of, restic's prune has nothing to do, and leaves the indexes as they are. */
  const indexed = (at: number) => Math.max(night(at), night(started + keep.hourlyDays * DAY_MS));
  const all = [
    ...text(`${prefix}config`, started, of.config),
    ...text(`${prefix}keys/${hashOf(of.key)}`, started, of.key),
  ];
  for (let n = 0; n < STILL_PACKS; n++) all.push(...put('data', `still ${n}`, started + n, PACK_BYTES));
  const days = Math.floor((now - started) / DAY_MS);
  for (let hour = Math.max(0, days - 2 * keep.dailyDays) * 24; started + hour * HOUR_MS < now; hour++) {
    const at = started + hour * HOUR_MS + 600_000;
    if (at > now) break;
    const heldFor = hour % 24 === 23 ? keep.dailyDays : keep.hourlyDays;
    const gone = at + heldFor * DAY_MS;
    all.push(
      ...put('locks', `${hour}`, at, 150, at + LOCK_MS),
      ...put('data', `changed ${hour}`, at + 1000, CHANGED_BYTES, night(gone)),
      ...put('data', `trees ${hour}`, at + 1001, TREES_BYTES, night(gone)),
      ...put('index', `${hour}`, at + 1002, INDEX_BYTES, indexed(at)),
      ...put('snapshots', `${hour}`, at + 1003, SNAPSHOT_BYTES, gone),
    );
    if (hour % 24 === 0 && started + keep.hourlyDays * DAY_MS < at)
      all.push(...put('index', `night ${hour}`, at - 600_000, INDEX_BYTES * 50, night(at)));
  }
  return all;
}
