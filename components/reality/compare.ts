/** What is not as the declaration means it, as sentences with the command that ends it. Pure. */
import type { ListedDroplet, ListedFirewall, ListedRecord } from '../preflight/apis';

export interface Meant {
  host: string;
  stack: string;
  size: string;
  reservedIp: string;
  /** Full public names. */
  names: string[];
  /** Id of the host's machine; undefined where it is about to be made. */
  machine?: string;
  /** Name of the firewall that the program made for it. */
  firewall?: string;
  generation: number;
}

export interface Seen {
  droplets: ListedDroplet[];
  firewalls: ListedFirewall[];
  /** Droplet behind each reserved IP of the account. */
  addresses: Record<string, number | undefined>;
  /** Records of the public names, of every type. */
  records: ListedRecord[];
}

const LEADING = ['A', 'AAAA', 'CNAME'];

export function differences(meant: Meant, seen: Seen): string[] {
  return [...aboutMachine(meant, seen), ...aboutFirewalls(meant, seen), ...aboutNames(meant, seen)];
}

const rebuild = ({ host, stack, generation }: Meant): string => `pulumi config set --path fleet:rebuild.${host} ${generation + 1} --stack ${stack} && pulumi up --refresh --stack ${stack}`;

function aboutMachine(meant: Meant, { droplets, addresses }: Seen): string[] {
  const { host, machine, size, reservedIp } = meant;
  if (machine === undefined) return [];
  const droplet = droplets.find(({ id }) => String(id) === machine);
  if (!droplet) return [`${host}: the account lists no droplet ${machine}, which the state has; where it is gone: pulumi up --refresh --stack ${meant.stack}`];
  const holder = addresses[reservedIp];
  return [
    ...(droplet.status === 'active' ? [] : [`${host}: its droplet ${droplet.name} (${machine}) is ${droplet.status}; switch it on: doctl compute droplet-action power-on ${machine} --wait, or replace it: ${rebuild(meant)}`]),
    ...(droplet.size === size ? [] : [`${host}: its droplet ${droplet.name} (${machine}) is a ${droplet.size}, declared is ${size}; for a machine of that size: ${rebuild(meant)}`]),
    ...(String(holder) === machine ? [] : [`${host}: its address ${reservedIp} leads to ${holder === undefined ? 'no droplet' : `droplet ${holder}`} instead of ${machine}; update with --refresh: pulumi up --refresh --stack ${meant.stack}`]),
  ];
}

function aboutFirewalls({ host, machine, firewall }: Meant, { droplets, firewalls }: Seen): string[] {
  const droplet = droplets.find(({ id }) => String(id) === machine);
  if (!droplet || firewall === undefined) return [];
  const others = firewalls.filter(({ name, dropletIds, tags }) => name !== firewall && (dropletIds.includes(droplet.id) || tags.some((tag) => droplet.tags.includes(tag))));
  const doubled = firewalls.filter(({ name }) => name === firewall).slice(1);
  return [...others, ...doubled].map(({ id, name }) => `${host}: the firewall ${name} (${id}), which is not declared, lets traffic in to its droplet besides ${firewall}; remove it: doctl compute firewall delete ${id}`);
}

function aboutNames({ host, names, reservedIp }: Meant, { records }: Seen): string[] {
  return names.flatMap((name) => {
    const leading = records.filter((record) => record.name === name && LEADING.includes(record.type));
    const right = leading.filter(({ type, content }) => type === 'A' && content === reservedIp);
    return [...leading.filter((record) => !right.includes(record)), ...right.slice(1)].map(
      ({ id, type, content }) => `${host}: ${name} has a record too many (${type} ${content}, ${id}), so that a part of all requests goes there; delete it in the zone`,
    );
  });
}
