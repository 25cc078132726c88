import { compact, isObject, PropertyMap, Value } from '../../values';
import { HttpError } from '../http';
import { BridgedResource, plain, Schema } from '../bridge';
import { Call, CheckFailure } from '../types';
import { CloudflareApi } from './api';

type Json = { [key: string]: Value | undefined };

/** Times are kept without fractions. */
const time = (value: Value | undefined): Value | undefined =>
  typeof value === 'string' ? value.replace(/\.\d+Z$/, 'Z') : undefined;

/** Our own names may be short; the API always answers with the full one. */
function sameName(stored: Value | undefined, answered: Value | undefined): boolean {
  return (
    stored === answered ||
    (typeof stored === 'string' &&
      typeof answered === 'string' &&
      (stored === '@' || answered.startsWith(`${stored}.`)))
  );
}

/** `cloudflare:index/dnsRecord:DnsRecord` */
export class DnsRecord extends BridgedResource {
  protected readonly schema: Schema = {
    fields: {
      zoneId: { type: 'string', required: true, forceNew: true },
      type: { type: 'string', required: true, forceNew: true },
      name: { type: 'string', required: true },
      ttl: { type: 'number', required: true },
      content: { type: 'string', computed: true },
      proxied: { type: 'bool' },
      priority: { type: 'number' },
      comment: { type: 'string' },
      tags: { type: 'strings', set: true, computed: true },
      settings: { type: 'any', computed: true },
    },
    computed: ['createdOn', 'modifiedOn', 'meta', 'proxiable'],
  };

  constructor(private readonly api: CloudflareApi) {
    super();
  }

  protected override validate(inputs: PropertyMap): CheckFailure[] {
    if (inputs.content === undefined)
      return [
        { property: 'content', reason: 'is required (the embedded engine does not implement records made of `data`)' },
      ];
    return inputs.proxied === true && inputs.ttl !== 1
      ? [{ property: 'ttl', reason: 'must be 1 when proxied is true' }]
      : [];
  }

  private body(inputs: PropertyMap): Json {
    const { zoneId: _, ...fields } = inputs;
    return { ...fields, proxied: inputs.proxied ?? false };
  }

  private outputs(record: Json, known: PropertyMap): PropertyMap {
    return compact({
      ...known,
      id: record.id,
      proxied: record.proxied ?? false,
      proxiable: record.proxiable ?? undefined,
      settings: isObject(record.settings) ? record.settings : {},
      tags: Array.isArray(record.tags) ? record.tags : [],
      meta: JSON.stringify(record.meta ?? {}),
      createdOn: time(record.created_on),
      modifiedOn: time(record.modified_on),
    });
  }

  private async orphan(call: Call, inputs: PropertyMap): Promise<Json | undefined> {
    for (let page = 1; ; page++) {
      const records = await this.api.send<Json[] | null>(
        call,
        'GET',
        `/zones/${String(inputs.zoneId)}/dns_records?page=${page}`,
      );
      if (!records?.length) return undefined;
      const found = records.find(
        (record) =>
          record.type === inputs.type &&
          record.content === inputs.content &&
          sameName(inputs.name, record.name) &&
          !call.owned.has(String(record.id)),
      );
      if (found !== undefined) return found;
    }
  }

  protected async make(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }> {
    const path = `/zones/${String(inputs.zoneId)}/dns_records`;
    const record = await this.api.send<Json>(call, 'POST', path, this.body(inputs), () => this.orphan(call, inputs));
    return { id: String(record.id), outputs: this.outputs(record, inputs) };
  }

  async adopt(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap } | undefined> {
    const found = await this.orphan(call, plain(inputs));
    return found === undefined ? undefined : { id: String(found.id), outputs: this.outputs(found, plain(inputs)) };
  }

  protected async change(call: Call, id: string, inputs: PropertyMap, old: PropertyMap): Promise<PropertyMap> {
    const removed = old.comment !== undefined && inputs.comment === undefined ? { comment: null } : {};
    const body = { settings: old.settings, tags: old.tags, ...this.body(inputs), ...removed };
    const record = await this.api.send<Json>(call, 'PUT', `/zones/${String(inputs.zoneId)}/dns_records/${id}`, body);
    return this.outputs(record, inputs);
  }

  protected async look(
    call: Call,
    id: string,
    _inputs: PropertyMap,
    old: PropertyMap,
  ): Promise<PropertyMap | undefined> {
    let record: Json;
    try {
      record = await this.api.send<Json>(call, 'GET', `/zones/${String(old.zoneId)}/dns_records/${id}`);
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return undefined;
      throw error;
    }
    const told = {
      name: record.name,
      type: record.type,
      content: record.content,
      ttl: record.ttl,
      priority: record.priority ?? undefined,
      comment: record.comment ?? undefined,
    };
    // A program that says `sub` or `@` stays unchanged although the API answers with the full name.
    const name = sameName(old.name, record.name) ? old.name : record.name;
    const { comment: _, priority: __, ...kept } = old;
    return this.outputs(record, compact({ ...kept, ...told, name }));
  }

  protected async remove(call: Call, id: string, old: PropertyMap): Promise<void> {
    try {
      await this.api.send(call, 'DELETE', `/zones/${String(old.zoneId)}/dns_records/${id}`);
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) throw this.gone(`DNS record ${String(old.name)}`);
      throw error;
    }
  }
}
