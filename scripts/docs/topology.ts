/** Who is where, who may talk to whom, and under which names. */
import { services } from '../../services';
import { forbids } from '../../stacks/model/roles';
import { reachesEverything } from '../../stacks/model/rules/isolation';
import { driverOf, rented } from '../../components/machines';
import type { Declaration } from '../../stacks';
import { sitesOf } from '../../stacks/model/sites';
import { cost, usd } from './cost';
import { diagram, unique } from './diagram';
import { namesOf, type DocumentedHost, type DocumentedFleet } from './fleet';
import { code, duration, list, mono, page, section, table, words } from './markdown';

export function topology(fleet: DocumentedFleet): string {
  return page(
    'Topology of the fleet',
    `${fleet.hosts.length} hosts, one stack each: what breaks or is taken down in one stack leaves the other alone.`,
    code(diagram(fleet), 'mermaid'),
    section('Hosts', hosts(fleet), ...fleet.hosts.map(absent).filter(Boolean)),
    section('What it costs a month', cost(fleet)),
    section('Services and ports', ports(fleet), 'Every unit, user and dataset is in [services.md](services.md).'),
    section('Public names', names(fleet)),
    section('Who may talk to whom', ways(fleet), closed(fleet)),
    ...(fleet.store ? [section('The store', sites(fleet, fleet.store))] : []),
  );
}

/** The fleet's own store: where its sites are, and how the second follows the first. */
function sites(fleet: DocumentedFleet, store: Declaration): string {
  const { pullSeconds, lagSeconds, replacedDays, scrubDays } = sitesOf(store);
  const rows = store.hosts.map((host) => [
    mono(host.name),
    host.role.store === 'serves' ? 'serves the store' : 'keeps a copy of it',
    host.region,
    `${host.size} (${driverOf(host).capacity(host).diskGiB} GiB disk, ${usd(driverOf(host).capacity(host).usdPerMonth)} a month)`,
    namesOf(fleet, host).map(mono).join(', '),
  ]);
  return [
    `Stack ${mono(store.stack)}, in an account of its own, is what ${words(fleet.stacks.map(({ stack }) => mono(stack)))} are backed up to once ${mono('fleet:store')} of theirs names it.`,
    table(['host', 'is', 'region', 'size', 'name'], rows),
    `The second site follows the first every ${duration(pullSeconds)}; a copy older than ${duration(lagSeconds)} is an alarm. What the first site writes over or removes, the second keeps for ${replacedDays} days more. All of it is read once in ${scrubDays} days on either site. SSH leads from one site to the other and nowhere else, with a key that reads; nothing else runs there.`,
  ].join('\n\n');
}

function hosts(fleet: DocumentedFleet): string {
  return table(
    ['host', 'role', 'stack', 'region', 'size', 'image', 'addresses in the documents', 'older names'],
    fleet.hosts.map(({ host, declaration }) => {
      const size = driverOf(host).capacity(host);
      return [
        mono(host.name),
        host.role.name,
        mono(declaration.stack),
        host.region,
        `${host.size} (${size.vcpus} CPUs, ${size.memoryMiB / 1024} GiB, ${size.diskGiB} GiB disk)`,
        host.image,
        // Where it really is, is in the stack's outputs.
        host.knownIps.join(', ') || '–',
        host.aliases.join(', ') || '–',
      ];
    }),
  ).concat(
    '\n\nThe addresses are what the documents recorded; nothing connects to them. Where a host really is: `bin/fleet outputs --stack <stack>`.',
  );
}

/** What the role keeps off the host. */
function absent({ host }: DocumentedHost): string {
  const kept = Object.keys(services).filter((name) => forbids(host.role, name));
  return kept.length
    ? `Must not run on ${mono(host.name)}: ${words(kept)}. A declaration that puts one there is refused.`
    : '';
}

function ports(fleet: DocumentedFleet): string {
  const rows = fleet.hosts.flatMap(({ host, plans }) =>
    plans.flatMap((plan) =>
      plan.ports.length
        ? plan.ports.map((port) => [
            mono(host.name),
            plan.name,
            `${port.port}/${port.protocol}`,
            port.scope,
            port.purpose,
          ])
        : [[mono(host.name), plan.name, '–', '–', plan.description]],
    ),
  );
  return table(
    ['host', 'service', 'port', 'open to', 'purpose'],
    rows.map((row) =>
      row.map((text) => (text === 'public' ? '**everyone**' : text === 'loopback' ? 'the host itself' : text)),
    ),
  );
}

function names(fleet: DocumentedFleet): string {
  const rows = fleet.hosts.flatMap(({ host, plans }) =>
    namesOf(fleet, host).map((name, index) => {
      const site = plans.find((plan) => plan.site && plan.site.label === host.publicNames[index]);
      return [mono(name), mono(host.name), site?.name ?? 'gitea'];
    }),
  );
  return table(['name', `leads to the ${rented.words.entrance} of`, 'and there to'], rows);
}

function ways(fleet: DocumentedFleet): string {
  const open = fleet.hosts.flatMap(({ host, plans }) =>
    plans.flatMap((plan) =>
      plan.ports
        .filter(({ scope }) => scope === 'public')
        .map((port) => ['everyone', `${host.name}, ${plan.name}`, `${port.port}/${port.protocol}`, port.purpose]),
    ),
  );
  const lanes = unique(fleet.hosts.flatMap(({ declaration }) => declaration.lanes)).map((lane) => [
    lane.from,
    lane.to,
    `${lane.port}/${lane.protocol}`,
    lane.purpose,
  ]);
  const local = fleet.hosts
    .filter(({ plans }) => plans.some(({ name }) => name === 'gitea') && plans.some(({ movable }) => movable))
    .map(({ host }) => [
      `agents and services on ${host.name}`,
      `${host.name}, gitea`,
      '3000/tcp, loopback',
      'forge, without leaving the host',
    ]);
  const operators = fleet.hosts.map(({ host }) => [
    'operators, from `fleet:sshSources`',
    host.name,
    '22/tcp',
    'login as root, one key each',
  ]);
  const outside = fleet.hosts.map(({ host }) => [
    host.name,
    'outside',
    reachesEverything(host) ? 'everything but 22/tcp' : '53, 80, 443 and the store’s port/tcp; 53, 123/udp',
    reachesEverything(host) ? 'what its services need' : 'packages, names, time, forge, store',
  ]);
  return table(['from', 'to', 'port', 'for'], [...open, ...lanes, ...local, ...operators, ...outside]);
}

function closed(fleet: DocumentedFleet): string {
  return list([
    'Everything else is closed, by the provider’s firewall outside the host and by nftables on it.',
    'No host of the fleet logs in on another: SSH leaves none of them.',
    `Agents talk through issues and repositories of the forge (${fleet.agents.filter(({ status }) => status === 'active').length} active agents); there is no mesh between them.`,
    'Hosts write to the store with a key of their own that cannot delete and that no other host has.',
  ]);
}
