/** What stands in the documents for a person's own values, and what it is in the letter: the one table. */
import type { CloudEndpoints } from '../../localcloud/index';
import { fleets } from '../../stacks';
import { forgeStackOf } from '../../stacks/model/fleet';

/** The stack that the documents speak of. */
export const DOCUMENTED = forgeStackOf(fleets[0]).stack;

export interface Filling {
  stack: string;
  cloud: Pick<CloudEndpoints, 'tokens' | 'zone' | 'store'>;
  /** A moment that backups reach, RFC 3339. */
  moment: () => string;
}

/** Fills a text; what is left to fill is an error. */
export function filled(text: string, { stack, cloud, moment }: Filling): string {
  const table: Array<[string | RegExp, string | (() => string)]> = [
    ['<DigitalOcean token>', cloud.tokens.digitalocean],
    ['<Cloudflare token>', cloud.tokens.cloudflare],
    ["<store administrator's access key>", cloud.store.adminAccessKey],
    ["<store administrator's secret key>", cloud.store.adminSecretKey],
    ['<32 hex digits>', cloud.zone.id],
    [fleets[0].zone, cloud.zone.name],
    ['https://store.example.org', cloud.store.endpoint],
    ['2026-11-20T17:00:00Z', moment],
    // The stack's name where it names the stack; a host of that name stays.
    [new RegExp(`(?<=--stack |\\./rebuild |fleet-kit-|stack )${DOCUMENTED}\\b`, 'g'), stack],
  ];
  const done = table.reduce(
    (whole, [from, to]) =>
      typeof from === 'string' && !whole.includes(from)
        ? whole
        : whole.replaceAll(from, typeof to === 'string' ? to : to()),
    text,
  );
  const left = /<[a-zA-Z][^<>\n]*>|…/.exec(done)?.[0];
  if (left) throw new Error(`the letter has no value for ${left} in: ${text}`);
  return done;
}
