/** The two cloud APIs as preflight and fence need them: the same endpoints and tokens that the providers use. */
import * as pulumi from '@pulumi/pulumi';
import pRetry, { AbortError } from 'p-retry';
import { request } from 'undici';
import type { Host } from '../../stacks';
import { cloudflareApi as cloudflareAddress, digitalOceanApi as digitalOceanAddress } from '../../stacks/outside/addresses';
import { scopeOf } from '../../stacks/outside/scopes';
import { unavailable, type ListedSize } from './available';

export interface ListedDroplet {
  id: number;
  name: string;
  status: string;
  address: string;
}

interface Api {
  label: string;
  base: string;
  token: string | undefined;
  tokenVariable: string;
}

/** DigitalOcean, with the provider's own configuration. */
export class DigitalOceanApi {
  private readonly api: Api;

  constructor() {
    const config = new pulumi.Config('digitalocean');
    this.api = {
      label: 'DigitalOcean',
      base: config.get('apiEndpoint') ?? process.env.DIGITALOCEAN_API_URL ?? digitalOceanAddress.value,
      token: configured('digitalocean:token') ?? process.env.DIGITALOCEAN_TOKEN ?? process.env.DIGITALOCEAN_ACCESS_TOKEN,
      tokenVariable: 'DIGITALOCEAN_TOKEN',
    };
  }

  /** Droplets that carry the tag; also shows that the token works and may read droplets. */
  async dropletsTagged(tag: string): Promise<ListedDroplet[]> {
    const { droplets } = await call<{ droplets: Array<{ id: number; name: string; status: string; networks: { v4: Array<{ ip_address: string; type: string }> } }> }>(
      this.api,
      'GET',
      `/v2/droplets?tag_name=${encodeURIComponent(tag)}&per_page=200`,
    );
    return droplets.map(({ id, name, status, networks }) => ({ id, name, status, address: networks.v4.find((net) => net.type === 'public')?.ip_address ?? '' }));
  }

  /** Asks for power off; a droplet that is off already is fine. */
  async powerOff(id: number): Promise<void> {
    await call(this.api, 'POST', `/v2/droplets/${id}/actions`, { type: 'power_off' });
  }

  /**
   * What the token lacks for the rest of a rebuild, one sentence each. There is no way to ask a token for its scopes, but an
   * order without content is refused as not allowed (403) before it is refused as not valid; it never changes anything.
   */
  async missingScopes(reservedIp: string): Promise<string[]> {
    const orders = [
      { path: '/v2/droplets', scope: scopeOf('Droplet', 'create') },
      { path: `/v2/reserved_ips/${reservedIp}/actions`, scope: scopeOf('ReservedIp', 'update') },
    ];
    const lacking = await Promise.all(orders.map(async ({ path, scope }) => ((await pRetry(() => empty(this.api, path), RETRIES)) === 403 ? scope : undefined)));
    return lacking.filter((scope) => scope !== undefined).map((scope) => `DigitalOcean: the token lacks the scope ${scope}; give ${this.api.tokenVariable} one that has it`);
  }

  /** The droplet that a reserved IP leads to; undefined where it leads nowhere. */
  async dropletBehind(reservedIp: string): Promise<number | undefined> {
    return (await call<{ reserved_ip: { droplet?: { id: number } | null } }>(this.api, 'GET', `/v2/reserved_ips/${reservedIp}`)).reserved_ip.droplet?.id;
  }

  /** What of the order for a machine cannot be had in its region now, one sentence each. */
  async unavailable(order: Pick<Host, 'name' | 'image' | 'size' | 'region'>): Promise<string[]> {
    const [known, { sizes }] = await Promise.all([
      find<{ image: { status: string; regions: string[] } }>(this.api, `/v2/images/${order.image}`),
      call<{ sizes: ListedSize[] }>(this.api, 'GET', '/v2/sizes?per_page=200'),
    ]);
    return unavailable(order, known?.image, sizes).map(({ what, todo }) => `${what}; ${todo}`);
  }

  async status(id: number): Promise<string> {
    return (await call<{ droplet: { status: string } }>(this.api, 'GET', `/v2/droplets/${id}`)).droplet.status;
  }
}

/** Whether the token may read the zone and its records; one sentence for each thing it may not. */
export async function checkCloudflare(zoneId: string): Promise<string[]> {
  await call(cloudflareApi(), 'GET', `/zones/${zoneId}/dns_records?per_page=1`);
  return [];
}

export interface ListedRecord {
  id: string;
  name: string;
  type: string;
  content: string;
}

/** Records of a full name in the zone, of every type. */
export async function recordsOf(zoneId: string, name: string): Promise<ListedRecord[]> {
  return (await call<{ result: ListedRecord[] }>(cloudflareApi(), 'GET', `/zones/${zoneId}/dns_records?name=${encodeURIComponent(name)}`)).result;
}

/** Cloudflare, with the provider's own configuration. */
function cloudflareApi(): Api {
  return {
    label: 'Cloudflare',
    base: new pulumi.Config('cloudflare').get('baseUrl') ?? process.env.CLOUDFLARE_BASE_URL ?? cloudflareAddress.value,
    token: configured('cloudflare:apiToken') ?? process.env.CLOUDFLARE_API_TOKEN,
    tokenVariable: 'CLOUDFLARE_API_TOKEN',
  };
}

/** A provider's own setting, which may be secret; the value goes into a header and nowhere else. */
const configured = (key: string) => pulumi.runtime.allConfig()[key];

class NotFound extends Error {}

/** What is at a path; undefined where nothing is. */
async function find<T>(api: Api, path: string): Promise<T | undefined> {
  return call<T>(api, 'GET', path).catch((error: Error) => {
    if (error instanceof NotFound) return undefined;
    throw error;
  });
}

const RETRIES = { retries: 4, minTimeout: 250, maxTimeout: 4000 };

async function call<T>(api: Api, method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  if (!api.token) throw new Error(`${api.label}: there is no token; set ${api.tokenVariable} in the environment`);
  const send = async () => {
    const response = await request(api.base.replace(/\/$/, '') + path, {
      method,
      headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
      headersTimeout: 10_000,
    });
    const text = await response.body.text();
    if (response.statusCode < 400) return JSON.parse(text) as T;
    const sentence = refusal(api, method, path, response.statusCode);
    if (response.statusCode === 429 || response.statusCode >= 500) throw new Error(sentence);
    throw new AbortError(response.statusCode === 404 ? new NotFound(sentence) : new Error(sentence));
  };
  return pRetry(send, RETRIES);
}

/** Status of the answer to an order without content. */
async function empty(api: Api, path: string): Promise<number> {
  const { statusCode, body } = await request(api.base.replace(/\/$/, '') + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${api.token ?? ''}`, 'content-type': 'application/json' },
    body: '{}',
    headersTimeout: 10_000,
  });
  await body.dump();
  return statusCode;
}

function refusal(api: Api, method: string, path: string, status: number): string {
  const what = `${method} ${path.split('?')[0]}`;
  if (status === 401) return `${api.label} does not accept the token; set ${api.tokenVariable} to a valid one`;
  if (status === 403) return `${api.label}: the token lacks the scope for ${what}; give ${api.tokenVariable} one that has it`;
  return `${api.label} answered ${status} to ${what}`;
}
