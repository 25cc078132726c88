/** What the fleet costs a month, as far as its prices are known. */
import { driverOf, rented } from '../../components/machines';
import type { DocumentedFleet } from './fleet';
import { mono, table } from './markdown';

/** The external whose droplets, reserved IPs and uptime checks have prices here. */
const COUNTED = rented.provider;

export const usd = (amount: number): string => `$${amount.toFixed(2)}`;

export function cost(fleet: DocumentedFleet): string {
  const { entrance: address, uptimeCheck } = rented.usdPerMonth;
  const hosts = fleet.hosts.map(({ declaration, host }) => ({
    host,
    droplet: driverOf(host).capacity(host).usdPerMonth,
    checks: declaration.uptime ? host.publicNames.length * uptimeCheck : 0,
  }));
  const sum = (amounts: number[]) => usd(amounts.reduce((total, amount) => total + amount, 0));
  const together = ({ droplet, checks }: { droplet: number; checks: number }) => droplet + address + checks;
  const rows = hosts.map((one) => [
    mono(one.host.name),
    `${usd(one.droplet)} (${one.host.size})`,
    usd(address),
    usd(one.checks),
    usd(together(one)),
  ]);
  const all = [
    'all',
    sum(hosts.map(({ droplet }) => droplet)),
    sum(hosts.map(() => address)),
    sum(hosts.map(({ checks }) => checks)),
    `**${sum(hosts.map(together))}**`,
  ];
  return `${table(['host', 'droplet', 'reserved IP', 'uptime checks', 'together'], [...rows, all])}\n\n${notes(fleet)}`;
}

function notes({ externals }: DocumentedFleet): string {
  const others = externals.map(({ name }) => name).filter((name) => name !== COUNTED);
  const uncounted = ['traffic beyond what a droplet includes', 'tax', ...others];
  const { freeUptimeChecks, usdPerMonth } = rented;
  return [
    `List prices of ${COUNTED} in USD; a drill on a real account asks for those of the day. A reserved IP costs ${usd(usdPerMonth.idleEntrance)} a month while it leads to no droplet, and a rebuild has two droplets until the new one is verified. An uptime check costs ${usd(usdPerMonth.uptimeCheck)} a month; ${COUNTED} credits ${freeUptimeChecks} of an account's checks, which is not taken off here.`,
    `**Not counted**, because no document states its price: ${uncounted.join('; ')}. The store costs what whoever runs it asks for each GB that it keeps.`,
  ].join(' ');
}
