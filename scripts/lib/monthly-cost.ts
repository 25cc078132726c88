/** What a stack costs a month, as far as its prices are known: its droplets and uptime checks. `fleet docs` names what is not counted. */
import type { Declaration } from '../../stacks';
import { driverOf, rented } from '../../components/machines';
import { readSetting } from '../../stacks/model/read-settings';
import { plainConfig } from './plain-config';

export interface MonthlyCost {
  /** List price without tax. */
  usd: number;
  /** Size of each droplet, standbys included. */
  droplets: string[];
  uptimeChecks: number;
}

/** The cost of a declaration with the settings of a stack file, of which only what is not secret is read. */
export function monthlyCost(declaration: Declaration, configFile: string): MonthlyCost {
  const standbys = Object.keys(readSetting('standby', plainConfig(configFile)['fleet:standby']) ?? {});
  const machines = declaration.hosts.flatMap((host) => (standbys.includes(host.name) ? [host, host] : [host]));
  const uptimeChecks = declaration.uptime ? declaration.hosts.flatMap(({ publicNames }) => publicNames).length : 0;
  return {
    usd: machines.reduce(
      (sum, host) => sum + driverOf(host).capacity(host).usdPerMonth,
      uptimeChecks * rented.usdPerMonth.uptimeCheck,
    ),
    droplets: machines.map(({ size }) => size),
    uptimeChecks,
  };
}

/** One line for people. */
export function costLine({ usd, droplets, uptimeChecks }: MonthlyCost): string {
  return `costs: $${usd.toFixed(2)} a month at list prices, for ${droplets.length === 1 ? 'one droplet' : `${droplets.length} droplets`} (${droplets.join(', ')})${uptimeChecks ? ` and ${uptimeChecks} uptime checks` : ''}`;
}
