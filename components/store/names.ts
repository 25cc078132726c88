/** Names in the store. One bucket a host; one prefix an incarnation. */
import { createHash } from 'node:crypto';

export interface StoreAccount {
  bucket: string;
  /** The incarnation, first part of every key it writes. */
  prefix: string;
  accessKey: string;
  secretKey: string;
}

/** Account of a standby: it reads everything of the host, and writes down how far it is. */
export const standbyOf = (bucket: string) => `${bucket}-standby`;
/** The one folder that it may write to. */
export const STANDBY_FOLDER = 'standby';
/** What an incarnation says of itself, below its own prefix: written so often that it would be in the way of what lists the services there. */
export const HOST_FOLDER = 'host';
/** Which incarnations were the primary; no host may write to it. */
export const PRIMARIES_FOLDER = 'primaries';
/** What proofs keep; no host may write to it. */
export const POINTS_FOLDER = 'points';
/** Account that may remove versions and list them, and write nothing. */
export const prunerOf = (bucket: string) => `${bucket}-pruner`;
/** Account that may read everything of a host and write nothing: a scratch host's, for as long as a proof takes. */
export const readerOf = (bucket: string) => `${bucket}-reader`;
/** Which key backups are encrypted for, as every heartbeat tells it: the first 16 digits of the SHA-256 of the age recipient. */
export const keyFingerprint = (recipient: string) => createHash('sha256').update(recipient).digest('hex').slice(0, 16);
