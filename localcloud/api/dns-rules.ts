import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import type { RecordAnswer, RecordSource } from '../record-source';
import { ApiError, parseBody } from './errors';
import type { DnsRecord, Store } from './state';

const HOST_TYPES = ['A', 'AAAA', 'CNAME'];
const AUTOMATIC_TTL = 300;

const baseSchema = z.object({
  name: z.string().min(1).max(255),
  type: z.enum(['A', 'AAAA', 'CNAME', 'TXT', 'MX', 'NS', 'SRV', 'CAA', 'PTR']),
  ttl: z.number().int().default(1),
  content: z.string().nullish(),
  data: z.record(z.string(), z.unknown()).nullish(),
  proxied: z.boolean().nullish(),
  priority: z.number().int().min(0).max(65535).nullish(),
  comment: z.string().max(500).nullish(),
  tags: z.array(z.string()).nullish(),
  settings: z.record(z.string(), z.unknown()).nullish(),
});

export type RecordFields = Omit<DnsRecord, 'id' | 'createdOn' | 'modifiedOn'>;

const refuse = (code: number, message: string) => new ApiError(400, code, message);

/** Full name in the zone: `@` and relative names are completed, as Cloudflare does. */
export function fullName(name: string, zone: string): string {
  const plain = name.toLowerCase().replace(/\.$/, '');
  if (plain === '@') return zone;
  return plain === zone || plain.endsWith(`.${zone}`) ? plain : `${plain}.${zone}`;
}

function contentOf({ type, content, data }: z.infer<typeof baseSchema>): string {
  if (type === 'SRV' && data) return `${data.weight} ${data.port} ${data.target}`;
  if (type === 'CAA' && data) return `${data.flags} ${data.tag} "${data.value}"`;
  if (!content) throw refuse(9000, 'DNS record content is required.');
  if (type === 'A' && !isIPv4(content)) throw refuse(9005, 'Content for A record must be a valid IPv4 address.');
  if (type === 'AAAA' && !isIPv6(content)) throw refuse(9006, 'Content for AAAA record must be a valid IPv6 address.');
  if (type === 'CNAME' && isIPv4(content)) throw refuse(9007, 'Content for CNAME record is invalid.');
  return ['TXT', 'CAA', 'SRV'].includes(type) ? content : content.replace(/\.$/, '');
}

/** Validates a whole record as Cloudflare does and gives it the form in which it is kept. */
export function recordFields(body: unknown, zone: string): RecordFields {
  const given = parseBody(baseSchema, body, (message) => refuse(1004, `DNS Validation Error: ${message}`));
  const proxied = given.proxied ?? false;
  if (proxied && !HOST_TYPES.includes(given.type)) throw refuse(9004, 'This record type cannot be proxied.');
  if (given.ttl !== 1 && (given.ttl < 60 || given.ttl > 86400))
    throw refuse(9021, 'Invalid TTL. Must be between 60 and 86,400 seconds, or 1 for Automatic.');
  if (given.type === 'MX' && typeof given.priority !== 'number')
    throw refuse(9100, 'priority is a required field for MX records.');
  const record: RecordFields = {
    name: fullName(given.name, zone),
    type: given.type,
    content: contentOf(given),
    ttl: proxied ? 1 : given.ttl,
    proxied,
    comment: given.comment || null,
    tags: given.tags ?? [],
    settings: given.settings ?? {},
  };
  // An SRV record carries its priority among its data, and shows it beside the content like an MX record.
  const priority = given.priority ?? (given.type === 'SRV' ? given.data?.priority : undefined);
  if (typeof priority === 'number') record.priority = priority;
  if (given.data) record.data = given.data;
  return record;
}

/** Refuses what cannot stand beside the other records of the zone. */
export function checkNeighbours(record: RecordFields, others: DnsRecord[]): void {
  const same = others.filter((other) => other.name === record.name);
  if (same.some((other) => other.type === record.type && other.content === record.content))
    throw refuse(81058, 'An identical record already exists.');
  const host = HOST_TYPES.includes(record.type) ? same.filter((other) => HOST_TYPES.includes(other.type)) : [];
  if (host.length > 0 && (record.type === 'CNAME' || host.some((other) => other.type === 'CNAME'))) {
    throw refuse(record.type === 'CNAME' ? 81053 : 81054, 'An A, AAAA, or CNAME record with that host already exists.');
  }
}

function answer({ content, ttl, priority }: DnsRecord): RecordAnswer {
  // A proxied record or one with automatic TTL is answered with the TTL that Cloudflare uses for those.
  return { content, ttl: ttl === 1 ? AUTOMATIC_TTL : ttl, ...(priority === undefined ? {} : { priority }) };
}

/** The zone as a DNS server sees it, always the state of this moment. */
export function recordSource(store: Store): RecordSource {
  const at = (name: string): DnsRecord[] => {
    const wanted = name.toLowerCase().replace(/\.$/, '');
    const records = Object.values(store.state.records);
    const exact = records.filter((record) => record.name === wanted);
    // A name with records below it exists too, and no wildcard answers for it.
    if (exact.length > 0 || records.some((record) => record.name.endsWith(`.${wanted}`))) return exact;
    const labels = wanted.split('.');
    for (let cut = 1; cut < labels.length; cut++) {
      const found = records.filter((record) => record.name === `*.${labels.slice(cut).join('.')}`);
      if (found.length > 0) return found;
    }
    return [];
  };
  return {
    lookup: (name, type) =>
      at(name)
        .filter((record) => record.type === type.toUpperCase())
        .map(answer),
    exists: (name) =>
      at(name).length > 0 ||
      Object.values(store.state.records).some((record) =>
        record.name.endsWith(`.${name.toLowerCase().replace(/\.$/, '')}`),
      ),
  };
}
