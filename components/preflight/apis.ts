/** The two cloud APIs as preflight and fence need them: the same endpoints and tokens that the providers use. */
import * as pulumi from '@pulumi/pulumi';
import pRetry, { AbortError } from 'p-retry';
import { request } from 'undici';
import type { Host } from '../../stacks';
import {
  cloudflareApi as cloudflareAddress,
  digitalOceanApi as digitalOceanAddress,
} from '../../stacks/outside/addresses';
import { scopeOf } from '../../stacks/outside/scopes';
import { unavailable, type ListedSize } from './available';

export interface ListedDroplet {
  id: number;
  name: string;
  status: string;
  address: string;
  /** Slug of its size. */
  size: string;
  tags: string[];
}

export interface ListedFirewall {
  id: string;
  name: string;
  dropletIds: number[];
  tags: string[];
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
      token:
        configured('digitalocean:token') ?? process.env.DIGITALOCEAN_TOKEN ?? process.env.DIGITALOCEAN_ACCESS_TOKEN,
      tokenVariable: 'DIGITALOCEAN_TOKEN',
    };
  }

  get hasToken(): boolean {
    return Boolean(this.api.token);
  }

  /** Droplets that carry the tag; also shows that the token works and may read droplets. */
  dropletsTagged(tag: string): Promise<ListedDroplet[]> {
    return this.listed(`tag_name=${encodeURIComponent(tag)}&`);
  }

  /** Every droplet of the account. */
  droplets(): Promise<ListedDroplet[]> {
    return this.listed('');
  }

  /** One droplet; undefined where the account has none of that id. */
  async droplet(id: number): Promise<ListedDroplet | undefined> {
    const found = await call<{ droplet: ApiDroplet }>(this.api, 'GET', `/v2/droplets/${id}`, { missing: true });
    return found && listedDroplet(found.droplet);
  }

  /** Asks for power; a droplet that is in that state already is fine. */
  async power(id: number, type: 'power_off' | 'power_on'): Promise<void> {
    await call(this.api, 'POST', `/v2/droplets/${id}/actions`, { body: { type } });
  }

  /** How many droplets the account may hold. */
  async dropletLimit(): Promise<number> {
    return (await call<{ account: { droplet_limit: number } }>(this.api, 'GET', '/v2/account')).account.droplet_limit;
  }

  /** Every firewall of the account. */
  async firewalls(): Promise<ListedFirewall[]> {
    const found = await this.all<{ id: string; name: string; droplet_ids?: number[] | null; tags?: string[] | null }>(
      'firewalls',
    );
    return found.map(({ id, name, droplet_ids, tags }) => ({
      id,
      name,
      dropletIds: droplet_ids ?? [],
      tags: tags ?? [],
    }));
  }

  /** Every reserved IP of the account, with the droplet that it leads to. */
  async addresses(): Promise<Record<string, number | undefined>> {
    const found = await this.all<{ ip: string; droplet?: { id: number } | null }>('reserved_ips');
    return Object.fromEntries(found.map(({ ip, droplet }) => [ip, droplet?.id]));
  }

  private async listed(filter: string): Promise<ListedDroplet[]> {
    return (await this.all<ApiDroplet>('droplets', filter)).map(listedDroplet);
  }

  /** Every SSH key of the account. */
  async keys(): Promise<Array<{ id: number; name: string; publicKey: string }>> {
    return (await this.all<{ id: number; name: string; public_key: string }>('account/keys', '', 'ssh_keys')).map(
      ({ id, name, public_key: publicKey }) => ({ id, name, publicKey }),
    );
  }

  async deleteKey(id: number): Promise<void> {
    await call(this.api, 'DELETE', `/v2/account/keys/${id}`);
  }

  async deleteFirewall(id: string): Promise<void> {
    await call(this.api, 'DELETE', `/v2/firewalls/${id}`);
  }

  /** Every page of a list. */
  private async all<T>(what: string, filter = '', field = what): Promise<T[]> {
    const found: T[] = [];
    for (let page = 1; ; page++) {
      const answer = await call<Record<string, T[]> & { meta?: { total: number } }>(
        this.api,
        'GET',
        `/v2/${what}?${filter}per_page=${PER_PAGE}&page=${page}`,
      );
      found.push(...answer[field]);
      if (answer[field].length < PER_PAGE || found.length >= (answer.meta?.total ?? 0)) return found;
    }
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
    const lacking = await Promise.all(
      orders.map(async ({ path, scope }) =>
        (await pRetry(() => empty(this.api, path), RETRIES)) === 403 ? scope : undefined,
      ),
    );
    return lacking
      .filter((scope) => scope !== undefined)
      .map(
        (scope) => `DigitalOcean: the token lacks the scope ${scope}; give ${this.api.tokenVariable} one that has it`,
      );
  }

  /** The droplet that a reserved IP leads to; undefined where it leads nowhere. */
  async dropletBehind(reservedIp: string): Promise<number | undefined> {
    return (
      await call<{ reserved_ip: { droplet?: { id: number } | null } }>(
        this.api,
        'GET',
        `/v2/reserved_ips/${reservedIp}`,
      )
    ).reserved_ip.droplet?.id;
  }

  /** What of the order for a machine cannot be had in its region now, one sentence each. */
  async unavailable(order: Pick<Host, 'name' | 'image' | 'size' | 'region'>): Promise<string[]> {
    const [known, { sizes }] = await Promise.all([
      call<{ image: { status: string; regions: string[] } }>(this.api, 'GET', `/v2/images/${order.image}`, {
        missing: true,
      }),
      call<{ sizes: ListedSize[] }>(this.api, 'GET', '/v2/sizes?per_page=200'),
    ]);
    return unavailable(order, known?.image, sizes).map(({ what, todo }) => `${what}; ${todo}`);
  }
}

interface ApiDroplet {
  id: number;
  name: string;
  status: string;
  size_slug: string;
  tags: string[];
  networks: { v4: Array<{ ip_address: string; type: string }> };
}

const listedDroplet = ({ id, name, status, size_slug: size, tags, networks }: ApiDroplet): ListedDroplet => ({
  id,
  name,
  status,
  size,
  tags,
  address: networks.v4.find((net) => net.type === 'public')?.ip_address ?? '',
});

/** The most that a page may have. */
const PER_PAGE = 200;

/** Whether both APIs can be asked at all. */
export const hasTokens = (): boolean => Boolean(new DigitalOceanApi().hasToken && cloudflareApi().token);

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
  return (
    await call<{ result: ListedRecord[] }>(
      cloudflareApi(),
      'GET',
      `/zones/${zoneId}/dns_records?name=${encodeURIComponent(name)}`,
    )
  ).result;
}

/** Makes a record lead to an address. */
export async function pointRecord(zoneId: string, { id }: ListedRecord, content: string): Promise<void> {
  await call(cloudflareApi(), 'PATCH', `/zones/${zoneId}/dns_records/${id}`, { body: { type: 'A', content } });
}

export async function deleteRecord(zoneId: string, id: string): Promise<void> {
  await call(cloudflareApi(), 'DELETE', `/zones/${zoneId}/dns_records/${id}`);
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

const RETRIES = { retries: 4, minTimeout: 250, maxTimeout: 4000 };

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/** A limit that is lifted later than this is told instead of waited for, in seconds. */
const LONGEST_WAIT = 30;

function call<T>(api: Api, method: Method, path: string, options?: { body?: object }): Promise<T>;
function call<T>(api: Api, method: Method, path: string, options: { missing: true }): Promise<T | undefined>;
async function call<T>(
  api: Api,
  method: Method,
  path: string,
  { body, missing }: { body?: object; missing?: true } = {},
): Promise<T | undefined> {
  if (!api.token) throw new Error(`${api.label}: there is no token; set ${api.tokenVariable} in the environment`);
  const send = async () => {
    const response = await request(api.base.replace(/\/$/, '') + path, {
      method,
      headers: { authorization: `Bearer ${api.token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
      headersTimeout: 10_000,
    });
    const text = await response.body.text();
    const answer = parsed(text);
    if (response.statusCode < 400 && (answer !== undefined || text === '')) return answer as T;
    if (response.statusCode === 404 && missing && answer !== undefined) return undefined;
    const wait = Number(response.headers['retry-after'] ?? 0);
    const sentence = refusal(api, method, path, response.statusCode, answer, wait);
    if ((response.statusCode === 429 && wait <= LONGEST_WAIT) || response.statusCode >= 500) throw new Error(sentence);
    throw new AbortError(sentence);
  };
  return pRetry(send, RETRIES);
}

/** The answer as JSON; undefined where it is none, as a page of a proxy. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
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

/** One sentence: which call, the provider's own reason, the token it was made with, and what to do. Never the answer as it came. */
function refusal(api: Api, method: string, path: string, status: number, answer: unknown, wait: number): string {
  const what = `${method} ${path.split('?')[0]}`;
  if (answer === undefined)
    return `something between here and ${api.label} answered ${what} (HTTP ${status}, no JSON): look at the proxy; nothing is known to be wrong with the token`;
  const reason = reasonIn(answer);
  const said = reason ? ` (${reason})` : '';
  if (status === 401) return `${api.label} does not accept the token${said}; set ${api.tokenVariable} to a valid one`;
  if (status === 403)
    return `${api.label}: the token may not ${what}${said}; give ${api.tokenVariable} one that has the scope`;
  if (status === 429)
    return `${api.label} takes no more requests for ${wait || 'some'} s (${what})${said}; run the update again then`;
  return `${api.label} answered ${status} to ${what}${said}`;
}

/** The provider's own words: DigitalOcean's message, or Cloudflare's first error. */
function reasonIn(answer: unknown): string | undefined {
  const { message, errors } = answer as { message?: unknown; errors?: Array<{ message?: unknown }> };
  const reason = message ?? errors?.[0]?.message;
  return typeof reason === 'string' ? reason.slice(0, 200) : undefined;
}
