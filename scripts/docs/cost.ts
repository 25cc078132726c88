/** What the fleet costs a month, as far as its prices are known. */
import { reservedIpUsdPerMonth, sizes } from '../../stacks/sizes';
import type { Fleet } from './fleet';
import { mono, table } from './markdown';

/** The external whose droplets and reserved IPs have prices here. */
const COUNTED = 'DigitalOcean';

export const usd = (amount: number): string => `$${amount.toFixed(2)}`;

export function cost(fleet: Fleet): string {
  const address = reservedIpUsdPerMonth.assigned;
  const hosts = fleet.hosts.map(({ host }) => ({ host, droplet: sizes[host.size].usdPerMonth }));
  const sum = (amounts: number[]) => usd(amounts.reduce((total, amount) => total + amount, 0));
  const rows = hosts.map(({ host, droplet }) => [mono(host.name), `${usd(droplet)} (${host.size})`, usd(address), usd(droplet + address)]);
  const all = ['all', sum(hosts.map(({ droplet }) => droplet)), sum(hosts.map(() => address)), `**${sum(hosts.map(({ droplet }) => droplet + address))}**`];
  return `${table(['host', 'droplet', 'reserved IP', 'together'], [...rows, all])}\n\n${notes(fleet)}`;
}

function notes({ externals, hosts }: Fleet): string {
  const others = externals.map(({ name }) => name).filter((name) => name !== COUNTED);
  const checks = hosts.filter(({ declaration }) => declaration.uptime).flatMap(({ host }) => host.publicNames).length;
  const uncounted = [...(checks ? [`${checks} uptime checks`] : []), 'traffic beyond what a droplet includes', 'tax', ...others];
  return [
    `List prices of ${COUNTED} in USD; a drill on a real account asks for those of the day. A reserved IP costs ${usd(reservedIpUsdPerMonth.unassigned)} a month while it leads to no droplet, and a rebuild has two droplets until the new one is verified.`,
    `**Not counted**, because no document states its price: ${uncounted.join('; ')}. The store costs what whoever runs it asks for each GB that it keeps.`,
  ].join(' ');
}
