import { unprocessable } from './errors';
import type { CloudState } from './state';

const PREFIX = '198.18.0.';
const POOLS = { droplet: { first: 10, last: 127 }, reserved: { first: 128, last: 250 } } as const;

/** Takes the next free address of a pool; freed ones come round again last. */
export function allocate(state: CloudState, pool: keyof typeof POOLS): string {
  const { first, last } = POOLS[pool];
  const used = new Set(
    pool === 'droplet'
      ? Object.values(state.droplets).map((droplet) => droplet.address)
      : Object.keys(state.reservedIps),
  );
  const size = last - first + 1;
  for (let step = 1; step <= size; step++) {
    const octet = first + ((state.lastOctet[pool] - first + step) % size);
    if (used.has(PREFIX + octet)) continue;
    state.lastOctet[pool] = octet;
    return PREFIX + octet;
  }
  throw unprocessable('The embedded cloud has no address left; destroy what is not needed.');
}

/** The number that DigitalOcean uses as resource id of a reserved IP. */
export const addressNumber = (address: string) =>
  address.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
