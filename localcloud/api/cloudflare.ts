import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { timestamp, type Context } from './context';
import { checkNeighbours, recordFields } from './dns-rules';
import { ApiError } from './errors';
import { cloudflarePage } from './paging';
import { own, type DnsRecord } from './state';

const identifier = () => randomBytes(16).toString('hex');
const ok = (result: unknown, more: object = {}) => ({ result, success: true, errors: [], messages: [], ...more });

const ACCOUNT = { id: '0123456789abcdef0123456789abcdef', name: 'embedded cloud' };

function zoneView({ id, name }: Context['zone']): object {
  const created = '2024-01-01T00:00:00Z';
  return {
    id,
    name,
    status: 'active',
    paused: false,
    type: 'full',
    development_mode: 0,
    name_servers: [`ns1.${name}`, `ns2.${name}`],
    original_name_servers: null,
    original_registrar: null,
    original_dnshost: null,
    created_on: created,
    modified_on: created,
    activated_on: created,
    account: ACCOUNT,
    owner: { id: null, type: 'user', email: null },
    permissions: ['#dns_records:edit', '#dns_records:read', '#zone:read'],
    meta: { step: 2, custom_certificate_quota: 0, page_rule_quota: 3, phishing_detected: false },
    plan: {
      id: '0feeeeeeeeeeeeeeeeeeeeeeeeeeeeee',
      name: 'Free Website',
      price: 0,
      currency: 'USD',
      frequency: '',
      is_subscribed: false,
      can_subscribe: false,
      legacy_id: 'free',
      legacy_discount: false,
      externally_managed: false,
    },
  };
}

/** `comment` is null when there is none: an empty text would differ from the program for ever. */
function recordView(record: DnsRecord): object {
  return {
    id: record.id,
    name: record.name,
    type: record.type,
    content: record.content,
    proxiable: ['A', 'AAAA', 'CNAME'].includes(record.type),
    proxied: record.proxied,
    ttl: record.ttl,
    settings: record.settings,
    meta: {},
    comment: record.comment,
    tags: record.tags,
    created_on: record.createdOn,
    modified_on: record.modifiedOn,
    ...(record.priority === undefined ? {} : { priority: record.priority }),
    ...(record.data ? { data: record.data } : {}),
  };
}

type ZonePath = { Params: { zone: string } };
type RecordPath = { Params: { zone: string; record: string } };

export function cloudflareRoutes(app: FastifyInstance, { store, zone }: Context): void {
  const inZone = (id: string, path: string): void => {
    if (id !== zone.id)
      throw new ApiError(404, 7003, `Could not route to ${path}, perhaps your object identifier is invalid?`);
  };
  const existing = ({ zone: zoneId, record: id }: RecordPath['Params']): DnsRecord => {
    inZone(zoneId, `/zones/${zoneId}/dns_records/${id}`);
    const record = own(store.state.records, id);
    if (!record) throw new ApiError(404, 81044, 'Record does not exist.');
    return record;
  };
  /** Replaces all fields of a record but its identity. */
  const overwrite = (record: DnsRecord, body: unknown): object => {
    const fields = recordFields(body, zone.name);
    checkNeighbours(
      fields,
      Object.values(store.state.records).filter((other) => other !== record),
    );
    const { id, createdOn } = record;
    return recordView(
      store.change((state) => (state.records[id] = { id, ...fields, createdOn, modifiedOn: timestamp() })),
    );
  };

  app.get('/user/tokens/verify', async () => ok({ id: identifier(), status: 'active' }));

  app.get('/zones', async (request) => {
    const { name } = request.query as { name?: string };
    const { result, result_info } = cloudflarePage(
      request,
      name === undefined || name === zone.name ? [zoneView(zone)] : [],
      20,
      50,
    );
    return ok(result, { result_info });
  });
  app.get<ZonePath>('/zones/:zone', async (request) => {
    inZone(request.params.zone, `/zones/${request.params.zone}`);
    return ok(zoneView(zone));
  });

  app.get<ZonePath>('/zones/:zone/dns_records', async (request) => {
    inZone(request.params.zone, `/zones/${request.params.zone}/dns_records`);
    const query = request.query as Record<string, string>;
    const [name, type, content] = [
      query.name ?? query['name.exact'],
      query.type,
      query.content ?? query['content.exact'],
    ];
    const records = Object.values(store.state.records).filter(
      (record) =>
        (name === undefined || record.name === name.toLowerCase()) &&
        (type === undefined || record.type === type) &&
        (content === undefined || record.content === content),
    );
    const { result, result_info } = cloudflarePage(request, records.map(recordView), 100, 50000);
    return ok(result, { result_info });
  });

  app.post<ZonePath>('/zones/:zone/dns_records', async (request) => {
    inZone(request.params.zone, `/zones/${request.params.zone}/dns_records`);
    const fields = recordFields(request.body, zone.name);
    checkNeighbours(fields, Object.values(store.state.records));
    const record = store.change((state): DnsRecord => {
      const [id, now] = [identifier(), timestamp()];
      return (state.records[id] = { id, ...fields, createdOn: now, modifiedOn: now });
    });
    return ok(recordView(record));
  });

  app.get<RecordPath>('/zones/:zone/dns_records/:record', async (request) => ok(recordView(existing(request.params))));
  app.put<RecordPath>('/zones/:zone/dns_records/:record', async (request) =>
    ok(overwrite(existing(request.params), request.body)),
  );
  app.patch<RecordPath>('/zones/:zone/dns_records/:record', async (request) => {
    const record = existing(request.params);
    return ok(overwrite(record, { ...record, ...(request.body as object) }));
  });
  app.delete<RecordPath>('/zones/:zone/dns_records/:record', async (request) => {
    const { id } = existing(request.params);
    store.change((state) => {
      delete state.records[id];
    });
    return ok({ id });
  });
}
