/** List prices in USD without tax. Those of droplets are in sizes.ts. */
import type { Fact } from './fact';

/** A month's price is reached after this many hours: four weeks. */
export const hoursBilledAMonth: Fact<number> = {
  value: 672,
  source: 'https://docs.digitalocean.com/products/droplets/details/pricing/ ("672 hours")',
  checked: '2026-11-29',
  check: 'curl -sSL https://docs.digitalocean.com/products/droplets/details/pricing/ | grep -o "[^.<]*672[^.<]*"',
};

/** "Reserved IPs cost $5 a month when they are not assigned", and nothing while they are; the API does not tell. */
export const reservedIpUsdPerMonth: Fact<{ assigned: number; unassigned: number }> = {
  value: { assigned: 0, unassigned: 5 },
  source: 'https://docs.digitalocean.com/products/networking/reserved-ips/details/pricing/',
  checked: '2026-11-29',
  check:
    'curl -sSL https://docs.digitalocean.com/products/networking/reserved-ips/details/pricing/ | grep -o "[^.<]*\\$5[^.<]*"',
};

/** "Each Uptime check costs $1.00 per month, billed hourly"; one a month is credited. */
export const uptimeCheckUsdPerMonth: Fact<{ each: number; free: number }> = {
  value: { each: 1, free: 1 },
  source: 'https://docs.digitalocean.com/products/uptime/details/pricing/',
  checked: '2026-11-30',
  check: 'curl -sSL https://docs.digitalocean.com/products/uptime/details/pricing/ | grep -o "[^.<]*\\$1[^<]*"',
};
