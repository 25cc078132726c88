/** The tokens, scope by scope, and what the account has left. */
import { digitalOceanLookups, digitalOceanScopes, type Verb } from '../../stacks/outside/scopes';
import type { CloudApi } from '../lib/cloud-api';
import { sentenceOf } from '../lib/errors';
import { fails, holds, tried, type Found } from './finding';
import type { Look } from './look';

type ResourceType = keyof typeof digitalOceanScopes.value;

/** An id that no resource of the type can have. */
const NOBODY: Record<ResourceType, string> = {
  account: '',
  Droplet: '0',
  ReservedIp: '0.0.0.0',
  Firewall: '00000000-0000-0000-0000-000000000000',
  SshKey: '0',
  Tag: 'fleet-doctor-no-such-tag',
  UptimeCheck: '00000000-0000-0000-0000-000000000000',
};
/** Changed by an action that is posted to them; others are put. */
const ACTED_ON: ResourceType[] = ['Droplet', 'ReservedIp'];

/** What cannot succeed, and is refused as not allowed (403) before it is refused as not valid: an empty body, an id that cannot exist. */
function attempt(
  type: ResourceType,
  verb: Verb,
): { method: 'GET' | 'POST' | 'PUT' | 'DELETE'; path: string; body?: object } {
  const { path } = digitalOceanScopes.value[type];
  const nobody = `${path}/${NOBODY[type]}`;
  if (verb === 'read') return { method: 'GET', path: type === 'account' ? path : `${path}?per_page=1` };
  if (verb === 'create') return { method: 'POST', path, body: {} };
  if (verb === 'delete') return { method: 'DELETE', path: nobody };
  return ACTED_ON.includes(type)
    ? { method: 'POST', path: `${nobody}/actions`, body: {} }
    : { method: 'PUT', path: nobody, body: {} };
}

/** One line for a token that does not work at all; otherwise one for each scope that it lacks. */
export async function digitalOceanToken({ digitalocean: api, declaration }: Look): Promise<Found[]> {
  const useless = await unusable(api, '/v2/account');
  if (useless) return [useless];
  const types = (Object.keys(digitalOceanScopes.value) as ResourceType[]).filter(
    (type) => type !== 'UptimeCheck' || declaration.uptime !== null,
  );
  const scopes = types.flatMap((type) =>
    digitalOceanScopes.value[type].verbs.map((verb) => ({
      scope: `${digitalOceanScopes.value[type].scope}:${verb}`,
      ...attempt(type, verb),
    })),
  );
  const looks = Object.entries(digitalOceanLookups.value).map(([scope, path]) => ({
    scope,
    method: 'GET' as const,
    path: `${path}?per_page=1`,
    body: undefined,
  }));
  return scopesOf(api, [...scopes, ...looks]);
}

export async function cloudflareToken({ cloudflare: api, zone }: Look): Promise<Found[]> {
  const records = `/zones/${zone?.id}/dns_records`;
  const useless = await unusable(api, zone ? `/zones/${zone.id}` : '/zones');
  if (useless) return [useless];
  if (!zone) return [];
  return scopesOf(api, [
    { scope: 'Zone:Read of the zone', method: 'GET', path: `/zones/${zone.id}` },
    { scope: 'DNS:Edit of the zone', method: 'GET', path: `${records}?per_page=5` },
    { scope: 'DNS:Edit of the zone', method: 'POST', path: records, body: {} },
  ]);
}

async function unusable(api: CloudApi, path: string): Promise<Found | undefined> {
  const what = `token of ${api.variable}`;
  if (!api.hasToken) return fails(what, 'there is none', `set ${api.variable} in the environment`);
  try {
    const { status } = await api.ask('GET', path);
    return status === 401
      ? fails(what, `${api.label} does not accept it`, `set ${api.variable} to a valid one`)
      : undefined;
  } catch (error) {
    return fails(what, sentenceOf(error), 'see that this machine reaches it');
  }
}

async function scopesOf(
  api: CloudApi,
  attempts: Array<{ scope: string; method: 'GET' | 'POST' | 'PUT' | 'DELETE'; path: string; body?: object }>,
): Promise<Found[]> {
  const what = `token of ${api.variable}`;
  const lacking = new Set<string>();
  try {
    // One after the other: a burst of them would be throttled.
    for (const { scope, method, path, body } of attempts)
      if ((await api.ask(method, path, body)).status === 403) lacking.add(scope);
  } catch (error) {
    return [fails(what, sentenceOf(error), 'see that this machine reaches it, and try again')];
  }
  if (lacking.size)
    return [...lacking].map((scope) =>
      fails(what, `it lacks the scope ${scope}`, `give ${api.variable} a token that has it`),
    );
  return [holds(what, `it has all ${new Set(attempts.map(({ scope }) => scope)).size} scopes that the program needs`)];
}

/** A rebuild keeps the old droplet until the new one has passed, so there must be room for one more of each. */
export async function limits({ digitalocean: api, declaration, isFirst, value }: Look): Promise<Found[]> {
  if (!api.hasToken) return [];
  const standbys = Object.keys((value('fleet:standby') as object | undefined) ?? {}).length;
  const hosts = declaration.hosts.length;
  const room = async (
    what: string,
    path: string,
    key: string,
    limitOf: (account: any) => number | undefined,
    needed: number,
  ) =>
    tried(what, 'ask DigitalOcean for a higher limit, or remove what is not used', async () => {
      const limit = limitOf((await api.read('/v2/account')).account);
      const { meta, [key]: listed } = await api.read(`${path}?per_page=200`);
      const used = meta?.total ?? listed.length;
      if (limit !== undefined && used + needed > limit)
        throw new Error(`the account may have ${limit}, has ${used} and needs ${needed} more`);
      return `${used} of ${limit ?? 'any number'} are used, ${needed} more are needed`;
    });
  return [
    await tried('account', 'see to it at https://cloud.digitalocean.com/account', async () => {
      const { account } = await api.read('/v2/account');
      if (account.status !== 'active')
        throw new Error(`it is ${account.status}${account.status_message ? `: ${account.status_message}` : ''}`);
      return 'it is active';
    }),
    await room(
      'droplets',
      '/v2/droplets',
      'droplets',
      (account) => account.droplet_limit,
      isFirst ? 2 * hosts + standbys : hosts,
    ),
    await room(
      'reserved IPs',
      '/v2/reserved_ips',
      'reserved_ips',
      (account) => account.reserved_ip_limit ?? account.floating_ip_limit,
      isFirst ? hosts : 0,
    ),
  ];
}
