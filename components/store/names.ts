/** Names in the store. One bucket a host; one prefix an incarnation. */
export interface StoreAccount {
  bucket: string;
  /** The incarnation, first part of every key it writes. */
  prefix: string;
  accessKey: string;
  secretKey: string;
}

export const bucketOf = (bucketPrefix: string, stack: string, host: string) => `${bucketPrefix}-${stack}-${host}`;
