/** Names that are made from a declaration. */
import type { Declaration } from './schema';

/** Whose the names are: two fleets may share a store and an account. */
export type Owner = Pick<Declaration, 'fleet' | 'stack'>;

/** Bucket of a host in the store. */
export const bucketOf = (bucketPrefix: string, { fleet, stack }: Owner, host: string): string =>
  `${bucketPrefix}-${fleet}-${stack}-${host}`;

/** Where it is kept what was proved of a stack's backups. */
export const evidenceBucketOf = (bucketPrefix: string, owner: Owner): string =>
  bucketOf(bucketPrefix, owner, 'evidence');

/** Fully qualified public name: `forge` in `example.org` is `forge.example.org`, `@` is the zone itself. */
export const publicName = (label: string, zone: string): string => (label === '@' ? zone : `${label}.${zone}`);
