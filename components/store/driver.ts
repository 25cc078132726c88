/**
 * The contract of a store: what the fleet needs of one and S3 does not say. versitygw is the one there is; another store needs these answers
 * and the administration in `admin.ts` and `lock.ts`, and nothing else knows which store it is.
 */
export interface StoreDriver {
  /** When a version was written, by the store's clock, in milliseconds since the epoch. */
  writtenAt(version: { VersionId?: string; LastModified?: Date }): number;
}

/** One write of a key: an object, or the marker that hides it. */
export interface Version {
  key: string;
  id: string;
  etag: string | undefined;
  /** Bytes. */
  size: number;
  /** When it was written, by the store's clock, in milliseconds since the epoch. */
  at: number;
  /** A delete marker, which holds no data. */
  hidden: boolean;
}
