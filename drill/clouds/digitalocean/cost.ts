/** What a drill on a real account can cost at most, from the provider's own prices. */
import Table from 'cli-table3';
import type { Declaration } from '../../../stacks';
import { hoursBilledAMonth, reservedIpUsdPerMonth } from '../../../stacks/outside/prices';
import { UserError } from '../../../scripts/lib/errors';
import type { Size } from '../../seed/plan';

/** How long a drill may take at most; what is left of it after that is anybody's to sweep. */
export const LIFETIME_HOURS = 2;
/** A rebuild keeps the old droplet until the new one is verified. */
const DROPLETS_A_HOST = 2;
const RESERVED_IP_USD_AN_HOUR = reservedIpUsdPerMonth.value.unassigned / hoursBilledAMonth.value;
/** Most that the store holds of one drill, all versions counted, in GB. */
const STORE_GB: Record<Size, number> = { small: 2, standard: 8, large: 40 };

export interface PricedSize {
  slug: string;
  price_hourly: number;
  regions: string[];
  available: boolean;
}

export interface Cost {
  lines: Array<{ what: string; rate: string; usd: number }>;
  /** The whole, rounded up to a cent. */
  ceilingUsd: number;
}

/** The ceiling of one drill. A size that cannot be had is an error. */
export function costOf(
  declaration: Declaration,
  sizes: PricedSize[],
  options: { size: Size; usdPerGbMonth: number },
): Cost {
  const lines: Cost['lines'] = [];
  for (const host of declaration.hosts) {
    const size = sizes.find(({ slug }) => slug === host.size);
    if (!size?.available || !size.regions.includes(host.region))
      throw new UserError(
        `DigitalOcean has no ${host.size} in ${host.region} now.`,
        `Change the size or the region of ${host.name} in stacks/.`,
      );
    lines.push({
      what: `${DROPLETS_A_HOST} droplets ${host.size} (the host and its successor)`,
      rate: `$${size.price_hourly} an hour each`,
      usd: DROPLETS_A_HOST * size.price_hourly * LIFETIME_HOURS,
    });
  }
  lines.push({
    what: `${declaration.hosts.length} reserved IP, as if never assigned`,
    rate: `$${RESERVED_IP_USD_AN_HOUR.toFixed(5)} an hour`,
    usd: declaration.hosts.length * RESERVED_IP_USD_AN_HOUR * LIFETIME_HOURS,
  });
  const gb = STORE_GB[options.size];
  const days = declaration.backup.keep.dailyDays;
  lines.push({
    what: `${gb} GB in the store, which keeps it ${days} day${days === 1 ? '' : 's'}`,
    rate: `$${options.usdPerGbMonth} a GB and month`,
    usd: gb * options.usdPerGbMonth * ((days * 24 + LIFETIME_HOURS) / hoursBilledAMonth.value),
  });
  const sum = lines.reduce((total, { usd }) => total + usd, 0);
  return { lines, ceilingUsd: Math.ceil(Number((sum * 100).toFixed(6))) / 100 };
}

/** The table a person decides by. */
export function costTable(cost: Cost): string {
  const table = new Table({
    head: [`what, for ${LIFETIME_HOURS} hours at most`, 'rate', 'USD'],
    style: { head: [], border: [] },
    colAligns: ['left', 'left', 'right'],
  });
  for (const { what, rate, usd } of cost.lines) table.push([what, rate, usd.toFixed(4)]);
  table.push(['at most', '', cost.ceilingUsd.toFixed(2)]);
  return table.toString();
}

/** Whether to go on: asked on the terminal, or answered beforehand by the most that may be spent. */
export async function consent(
  cost: Cost,
  maxUsd: number | undefined,
  ask: (question: string) => Promise<boolean | undefined>,
): Promise<void> {
  const most = `$${cost.ceilingUsd.toFixed(2)}`;
  if (maxUsd !== undefined) {
    if (cost.ceilingUsd > maxUsd)
      throw new UserError(
        `This drill may cost ${most}, more than the $${maxUsd} of --yes; nothing was touched.`,
        `Allow it with --yes ${cost.ceilingUsd.toFixed(2)}, or take a smaller one with --size small.`,
      );
    return;
  }
  const answer = await ask(`This may cost up to ${most}. Go on? [y/N] `);
  if (answer === undefined)
    throw new UserError(
      `A drill on a real account costs money (here up to ${most}), and there is no terminal to ask on; nothing was touched.`,
      `Run it with --yes ${cost.ceilingUsd.toFixed(2)}, the most that may be spent.`,
    );
  if (!answer) throw new UserError('Not gone on with; nothing was touched.');
}
