/** What on an account belongs to a drill, and when it expires: by tag, by name, and by the drill's own notes in the zone. */
import { DRILL_TAG, expiryOfTag, throwawayOf } from '../../../stacks/model/throwaway';
import { BUCKET_PREFIX } from '../cloud';
import type { Api } from './api';

export type Kind = 'droplet' | 'reserved IP' | 'firewall' | 'SSH key' | 'DNS record' | 'tag' | 'bucket';

export interface Marked {
  kind: Kind;
  id: string;
  name: string;
  /** The throwaway stack; unknown for a tag that only says when. */
  stack?: string;
  expires: Date;
}

/** Everything on the account that could belong to a drill. */
export interface Inventory {
  droplets: Array<{ id: number; name: string; tags: string[] }>;
  reservedIps: Array<{ ip: string; droplet: { id: number } | null }>;
  firewalls: Array<{ id: string; name: string; tags: string[] | null; droplet_ids: number[] | null }>;
  keys: Array<{ id: number; name: string }>;
  tags: Array<{ name: string }>;
  records: Array<{ id: string; name: string; type: string; content: string }>;
  buckets: string[];
}

/** Label of the note that says which address a throwaway stack reserved: an address carries no name and no tag. */
export const ADDRESS_NOTE = 'address';

export async function takeInventory(
  digitalocean: Api,
  cloudflare: Api,
  zoneId: string,
  buckets: () => Promise<string[]>,
): Promise<Inventory> {
  const [droplets, reservedIps, firewalls, keys, tags, records, named] = await Promise.all([
    digitalocean.list('/v2/droplets', 'droplets'),
    digitalocean.list('/v2/reserved_ips', 'reserved_ips'),
    digitalocean.list('/v2/firewalls', 'firewalls'),
    digitalocean.list('/v2/account/keys', 'ssh_keys'),
    digitalocean.list('/v2/tags', 'tags'),
    cloudflare.results(`/zones/${zoneId}/dns_records`),
    buckets(),
  ]);
  return { droplets, reservedIps, firewalls, keys, tags, records, buckets: named };
}

/** What carries a drill's mark. Anything without one, or only half of one, is somebody else's. */
export function markedOf(inventory: Inventory): Marked[] {
  const droplets = inventory.droplets.flatMap(({ id, name, tags }) => marked('droplet', id, name, markOfDroplet(tags)));
  const ofDroplet = new Map<string, Mark>(droplets.map((droplet) => [droplet.id, droplet]));
  const foreignTags = new Set(
    inventory.droplets.filter(({ id }) => !ofDroplet.has(String(id))).flatMap(({ tags }) => tags),
  );
  const addresses = new Map(inventory.records.flatMap((record) => addressOf(record)));
  return [
    ...droplets,
    ...inventory.reservedIps.flatMap(({ ip, droplet }) => {
      const behind = droplet ? ofDroplet.get(String(droplet.id)) : undefined;
      // An address that leads to somebody else's droplet is theirs by now, whatever a note says.
      return marked('reserved IP', ip, ip, droplet ? behind : addresses.get(ip));
    }),
    ...inventory.firewalls.flatMap(({ id, name, tags, droplet_ids: members }) => {
      const stacks = (tags ?? []).map((tag) => throwawayOf(tag));
      const own = stacks.every(Boolean) && (members ?? []).every((member) => ofDroplet.has(String(member)));
      return marked('firewall', id, name, own ? stacks[0] : undefined);
    }),
    ...inventory.keys.flatMap(({ id, name }) => marked('SSH key', id, name, throwawayOf(name))),
    ...inventory.buckets.flatMap((name) =>
      marked(
        'bucket',
        name,
        name,
        name.startsWith(`${BUCKET_PREFIX}-`) ? throwawayOf(name.slice(BUCKET_PREFIX.length + 1)) : undefined,
      ),
    ),
    ...inventory.records.flatMap(({ id, name, type }) =>
      marked('DNS record', id, `${type} ${name}`, throwawayOf(name)),
    ),
    ...inventory.tags
      .filter(({ name }) => !foreignTags.has(name))
      .flatMap(({ name }) => marked('tag', name, name, throwawayOf(name) ?? onlyExpiry(expiryOfTag(name)))),
  ];
}

type Mark = Pick<Marked, 'stack' | 'expires'>;

function marked(kind: Kind, id: string | number, name: string, mark: Mark | undefined): Marked[] {
  return mark ? [{ kind, id: String(id), name, stack: mark.stack, expires: mark.expires }] : [];
}

const onlyExpiry = (expires: Date | undefined): Mark | undefined => expires && { expires };

/** A droplet is a drill's by both of its tags, or not at all. */
function markOfDroplet(tags: string[]): Mark | undefined {
  const expires = tags.some((tag) => tag.toLowerCase() === DRILL_TAG) ? tags.map(expiryOfTag).find(Boolean) : undefined;
  return expires && { expires, stack: tags.map((tag) => throwawayOf(tag)).find(Boolean)?.stack };
}

/** The address that a drill's note in the zone names. */
function addressOf({ name, type, content }: Inventory['records'][number]): Array<[string, Mark]> {
  const stack = throwawayOf(name);
  if (!stack || type !== 'TXT' || !name.startsWith(`${stack.stack}-${ADDRESS_NOTE}.`)) return [];
  return [[content.replace(/^"|"$/g, ''), stack]];
}

/** Reserved addresses that lead nowhere and that nothing claims: perhaps left by a kill at the wrong moment, perhaps not. */
export function unclaimedAddresses(inventory: Inventory, all: Marked[]): string[] {
  const claimed = new Set(all.filter(({ kind }) => kind === 'reserved IP').map(({ id }) => id));
  return inventory.reservedIps.filter(({ ip, droplet }) => !droplet && !claimed.has(ip)).map(({ ip }) => ip);
}
