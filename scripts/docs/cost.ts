/** What the fleet costs a month, as far as its prices are known. */
import { driverOf, rented } from '../../components/machines';
import type { DocumentedFleet } from './fleet';
import { mono, table } from './markdown';

/** The external whose machines, entrances and uptime checks have prices here. */
const COUNTED = rented.provider;
const { noun, entrance } = rented.words;

export const usd = (amount: number): string => `$${amount.toFixed(2)}`;

export function cost(fleet: DocumentedFleet): string {
  const { entrance: address, uptimeCheck } = rented.usdPerMonth;
  const hosts = fleet.hosts.map(({ declaration, host }) => ({
    host,
    machine: driverOf(host).capacity(host).usdPerMonth,
    checks: declaration.uptime ? host.publicNames.length * uptimeCheck : 0,
  }));
  const sum = (amounts: number[]) => usd(amounts.reduce((total, amount) => total + amount, 0));
  const together = ({ machine, checks }: { machine: number; checks: number }) => machine + address + checks;
  const rows = hosts.map((one) => [
    mono(one.host.name),
    `${usd(one.machine)} (${one.host.size})`,
    usd(address),
    usd(one.checks),
    usd(together(one)),
  ]);
  const all = [
    'all',
    sum(hosts.map(({ machine }) => machine)),
    sum(hosts.map(() => address)),
    sum(hosts.map(({ checks }) => checks)),
    `**${sum(hosts.map(together))}**`,
  ];
  return `${table(['host', noun, entrance, 'uptime checks', 'together'], [...rows, all])}\n\n${notes(fleet)}`;
}

function notes({ externals }: DocumentedFleet): string {
  const others = externals.map(({ name }) => name).filter((name) => name !== COUNTED);
  const uncounted = [`traffic beyond what a ${noun} includes`, 'tax', ...others];
  const { freeUptimeChecks, usdPerMonth } = rented;
  return [
    `List prices of ${COUNTED} in USD; a drill on a real account asks for those of the day. A ${entrance} costs ${usd(usdPerMonth.idleEntrance)} a month while it leads to no ${noun}, and a rebuild has two ${noun}s until the new one is verified. An uptime check costs ${usd(usdPerMonth.uptimeCheck)} a month; ${COUNTED} credits ${freeUptimeChecks} of an account's checks, which is not taken off here.`,
    `**Not counted**, because no document states its price: ${uncounted.join('; ')}. The store costs what whoever runs it asks for each GB that it keeps.`,
  ].join(' ');
}
