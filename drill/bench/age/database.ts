/** A database that changes all the time, in the folders that `host/rotate` gives it: each begins with a snapshot and is hidden whole. */
import type { Contents } from './contents';
import { hashOf, sealed, type Written } from './versions';

/** Bytes of a snapshot, and of a change as litestream ships it, before they are encrypted. */
const SNAPSHOT_BYTES = 32 * 2 ** 20;
const CHANGE_BYTES = 1200;
const HOUR_MS = 3_600_000;
/** Until the newer folder has all that the older one has. */
const ROTATE_MS = 60_000;
/** litestream begins a new index with each checkpoint. */
const CHECKPOINT_MS = 60_000;

export interface DatabaseOf {
  prefix: string;
  started: number;
  now: number;
  changeMs: number;
}

export class Database {
  constructor(
    private readonly of: DatabaseOf,
    private readonly contents: Contents,
  ) {}

  /** Number of the folder that was shipped to at a moment. */
  folderAt = (at: number): number => Math.floor((at - this.of.started) / HOUR_MS);

  get snapshotBytes(): number {
    return this.contents.sealedBytes(SNAPSHOT_BYTES);
  }

  /** Bytes that changed in a span of time. */
  changed = (ms: number): number =>
    Math.floor(Math.min(ms, this.of.now - this.of.started) / this.of.changeMs) *
    this.contents.sealedBytes(CHANGE_BYTES);

  folder(number: number): Written[] {
    const { prefix, started, now, changeMs } = this.of;
    const begun = started + number * HOUR_MS;
    const end = begun + HOUR_MS;
    const hiddenAt = end + ROTATE_MS <= now ? end + ROTATE_MS : undefined;
    const name = String(number).padStart(8, '0');
    const generation = `${prefix}${name}/generations/${hashOf(`${prefix}${name}`).slice(0, 16)}`;
    const piece = (path: string, at: number, plain: number) =>
      sealed(this.contents, { key: `${generation}/${path}.lz4`, at, plain, hiddenAt });
    const pieces = piece('snapshots/00000000.snapshot', begun, SNAPSHOT_BYTES);
    for (let at = begun + changeMs; at < Math.min(end, now); at += changeMs) {
      const since = at - begun;
      pieces.push(
        ...piece(`wal/${hex(since / CHECKPOINT_MS)}_${hex((since % CHECKPOINT_MS) * 4)}.wal`, at, CHANGE_BYTES),
      );
    }
    return pieces;
  }
}

const hex = (value: number): string => Math.floor(value).toString(16).padStart(8, '0');
