/** How the providers have the stack: what a row may differ in, a line each. Ids are left out, because what is made anew has others. */
import { digitalOcean, records } from '../../console';
import type { Seeded } from '../../context';
import { required } from '../../../stacks/model/required';
import { dropletOf } from '../../droplet';
import type { Things } from './row';

/** The engine adds seven hexadecimal digits to a name. */
const unsuffixed = (name: string): string => name.replace(/-[0-9a-f]{7}$/, '');

interface Lists {
  droplets: any[];
  firewalls: any[];
  keys: any[];
  addresses: any[];
  records: any[];
}

async function lists(drill: Seeded): Promise<Lists> {
  const list = async (path: string, field: string) =>
    (await digitalOcean(drill, 'GET', `/${path}?per_page=200`))[field];
  const [droplets, firewalls, keys, addresses, zone] = await Promise.all([
    list('droplets', 'droplets'),
    list('firewalls', 'firewalls'),
    list('account/keys', 'ssh_keys'),
    list('reserved_ips', 'reserved_ips'),
    records(drill, 'GET'),
  ]);
  return { droplets, firewalls, keys, addresses, records: zone };
}

/** A line for each thing at the providers, sorted. */
export async function orderOf(drill: Seeded): Promise<string[]> {
  return linesOf(await lists(drill));
}

export function linesOf({ droplets, firewalls, keys, addresses, records: zone }: Lists): string[] {
  const rules = (list: any[] | null) => (list ?? []).map((rule) => JSON.stringify(rule)).sort();
  const line = (kind: string, ...facts: unknown[]) =>
    `${kind} ${facts.map((fact) => (typeof fact === 'string' ? fact : JSON.stringify(fact))).join(' ')}`;
  return [
    ...droplets.map(({ id, name, status, size_slug, tags, features }) =>
      line('droplet', String(id), name, status, size_slug, [...tags].sort(), [...features].sort()),
    ),
    ...firewalls.map(({ name, tags, droplet_ids, inbound_rules, outbound_rules }) =>
      line('firewall', unsuffixed(name), tags, droplet_ids, rules(inbound_rules), rules(outbound_rules)),
    ),
    ...keys.map(({ name, public_key }) => line('key', name, public_key)),
    ...addresses.map(({ ip, droplet }) => line('address', ip, droplet ? `leads to ${droplet.id}` : 'leads nowhere')),
    ...zone.map(({ name, type, content, ttl, proxied, comment }: any) =>
      line('record', name, type, content, ttl, proxied, comment),
    ),
  ].sort();
}

/** What is in one order and not in the other; empty where they are the same. */
export function differing(before: string[], after: string[]): string[] {
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `no ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `also ${line}`),
  ];
}

/** How many of each kind there are: what must stay the same where the things themselves are others. */
export function countsOf(order: string[]): string[] {
  const count = new Map<string, number>();
  for (const kind of order.map((line) => line.replace(/ .*/s, ''))) count.set(kind, (count.get(kind) ?? 0) + 1);
  return [...count].map(([kind, many]) => `${many} of ${kind}`).sort();
}

/** What a row changes: the host's own things. */
export async function thingsOf(drill: Seeded): Promise<Things> {
  const id = await dropletOf(drill);
  const { droplets, firewalls, keys, addresses, records: zone } = await lists(drill);
  const droplet = required(
    droplets.find((one) => one.id === id),
    'the droplet',
  );
  const firewall = required(
    firewalls.find(({ tags }) => tags.some((tag: string) => droplet.tags.includes(tag))),
    'its firewall',
  );
  const key = required(
    keys.find(({ name }) => name === `${drill.declaration.stack}-deploy`),
    'the deploy key',
  );
  const name = new URL(drill.forge.baseUrl).hostname;
  const { id: firewallId, name: firewallName, inbound_rules, outbound_rules, tags, droplet_ids } = firewall;
  return {
    droplet: { id, name: droplet.name, address: droplet.networks.v4[0].ip_address },
    address: required(
      addresses.find((one) => one.droplet?.id === id),
      'its address',
    ).ip,
    firewall: {
      id: firewallId,
      name: firewallName,
      body: { name: firewallName, inbound_rules, outbound_rules, tags, droplet_ids },
    },
    key: { id: key.id, name: key.name, publicKey: key.public_key },
    record: required(
      zone.find((one: any) => one.name === name && one.type === 'A'),
      'the record',
    ),
  };
}
