/** What a stack costs a month, as far as its prices are known: its machines and uptime checks. `fleet docs` names what is not counted. */
import type { Declaration } from '../../stacks';
import { driverOf, rented } from '../../components/machines';
import { readSetting } from '../../stacks/model/read-settings';
import { plainConfig } from './plain-config';

export interface MonthlyCost {
  /** List price without tax. */
  usd: number;
  /** Size of each machine, standbys included. */
  machines: string[];
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
    machines: machines.map(({ size }) => size),
    uptimeChecks,
  };
}

/** One line for people. */
export function costLine({ usd, machines, uptimeChecks }: MonthlyCost): string {
  const { noun } = rented.words;
  return `costs: $${usd.toFixed(2)} a month at list prices, for ${machines.length === 1 ? `one ${noun}` : `${machines.length} ${noun}s`} (${machines.join(', ')})${uptimeChecks ? ` and ${uptimeChecks} uptime checks` : ''}`;
}
