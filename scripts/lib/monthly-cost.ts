/** What a stack costs a month, as far as its prices are known: its droplets. `fleet docs` names what is not counted. */
import type { Declaration } from '../../stacks';
import { sizes } from '../../stacks/sizes';
import { plainConfig } from './plain-config';

export interface MonthlyCost {
  /** List price without tax. */
  usd: number;
  /** Size of each droplet, standbys included. */
  droplets: string[];
}

/** The cost of a declaration with the settings of a stack file, of which only what is not secret is read. */
export function monthlyCost(declaration: Declaration, configFile: string): MonthlyCost {
  const standbys = Object.keys((plainConfig(configFile)['fleet:standby'] as object | undefined) ?? {});
  const droplets = declaration.hosts.flatMap(({ name, size }) => (standbys.includes(name) ? [size, size] : [size]));
  return { usd: droplets.reduce((sum, size) => sum + sizes[size].usdPerMonth, 0), droplets };
}

/** One line for people. */
export function costLine({ usd, droplets }: MonthlyCost): string {
  return `costs: $${usd.toFixed(2)} a month at list prices, for ${droplets.length === 1 ? 'one droplet' : `${droplets.length} droplets`} (${droplets.join(', ')})`;
}
