import { EngineError } from '../../errors';
import { requireRehearsalUrl } from '../../endpoints';
import { isObject, PropertyMap } from '../../values';
import { Call, Environment, Package, PackageFactory } from '../types';
import { CloudflareApi } from './api';
import { DnsRecord } from './dnsRecord';

type Zone = { id: string; name: string; status?: string; paused?: boolean; type?: string };

async function getZone(api: CloudflareApi, call: Call, args: PropertyMap): Promise<PropertyMap> {
  const strange = Object.keys(args).find((key) => !['zoneId', 'filter'].includes(key));
  const filter = isObject(args.filter) ? args.filter : {};
  const odd = Object.keys(filter).find((key) => key !== 'name');
  if (strange !== undefined || odd !== undefined)
    throw new EngineError(`getZone with '${strange ?? `filter.${odd}`}' is not implemented by the embedded engine.`);
  let id = typeof args.zoneId === 'string' ? args.zoneId : undefined;
  if (id === undefined) {
    const zones = await api.send<Zone[]>(call, 'GET', `/zones?name=${encodeURIComponent(String(filter.name))}`);
    const [only] = zones;
    if (only === undefined || zones.length > 1)
      throw new EngineError(
        `failed to find exactly one result: ${zones.length} found for the zone '${String(filter.name)}'`,
      );
    id = only.id;
  }
  const zone = await api.send<Zone>(call, 'GET', `/zones/${id}`);
  return {
    id: zone.id,
    zoneId: zone.id,
    name: zone.name,
    status: zone.status ?? 'active',
    paused: zone.paused ?? false,
    type: zone.type ?? 'full',
  };
}

function configure(config: PropertyMap, { env }: Environment): Package {
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  const base = requireRehearsalUrl(text(config.baseUrl) ?? env.CLOUDFLARE_BASE_URL, 'CLOUDFLARE_BASE_URL');
  const api = new CloudflareApi(base, text(config.apiToken) ?? text(env.CLOUDFLARE_API_TOKEN) ?? '');
  const record = new DnsRecord(api);
  return {
    resource: (type) => (type === 'cloudflare:index/dnsRecord:DnsRecord' ? record : undefined),
    async invoke(call, token, args) {
      if (token !== 'cloudflare:index/getZone:getZone')
        throw new EngineError(`The embedded engine does not implement the call ${token}.`);
      return getZone(api, call, args);
    },
  };
}

/** The Cloudflare provider. */
export const cloudflare: PackageFactory = { configKeys: ['apiToken', 'baseUrl'], configure };
