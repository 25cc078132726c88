/**
 * versitygw. `LastModified` of a version that was overwritten or hidden is the moment at which that happened; the id of a version is a ULID,
 * which holds the millisecond of its writing.
 */
import type { StoreDriver } from './driver';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID = /^([0-7][0-9A-HJKMNP-TV-Z]{9})[0-9A-HJKMNP-TV-Z]{16}$/;

export const versitygw: StoreDriver = {
  writtenAt: ({ VersionId = '', LastModified }) => {
    const [, time] = ULID.exec(VersionId.toUpperCase()) ?? [];
    if (time === undefined) return LastModified?.getTime() ?? 0; // written before the bucket kept versions, and never since
    return [...time].reduce((sum, digit) => sum * 32 + ALPHABET.indexOf(digit), 0);
  },
};
