import { randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ApiError } from './errors';

export type ApiName = 'digitalocean' | 'cloudflare';

/** A token that may do less than the full one: `droplet:create`, `dns_records:edit`, `*:read` … */
export interface LimitedToken {
  api: ApiName;
  token: string;
  scopes: string[];
}

export interface Tokens {
  digitalocean: string;
  cloudflare: string;
  limited?: LimitedToken[];
}

/** Length of a Cloudflare token, which the provider checks when it is given as configuration. */
export const newToken = () => randomBytes(20).toString('hex');

/** Scope by first path segments; longer paths first. */
const RESOURCES: [string, string][] = [
  ['account/keys', 'ssh_key'],
  ['account', 'account'],
  ['droplets', 'droplet'],
  ['actions', 'actions'],
  ['firewalls', 'firewall'],
  ['tags', 'tag'],
  ['reserved_ips', 'reserved_ip'],
  ['uptime', 'uptime'],
  ['projects', 'project'],
  ['vpcs', 'vpc'],
  ['images', 'image'],
  ['sizes', 'sizes'],
  ['regions', 'regions'],
];
const VERBS: Record<string, string> = {
  GET: 'read',
  HEAD: 'read',
  POST: 'create',
  PUT: 'update',
  PATCH: 'update',
  DELETE: 'delete',
};

function digitalOceanScope(method: string, path: string): string {
  const rest = path.replace(/^\/v2\//, '');
  const [, resource] = RESOURCES.find(([prefix]) => rest === prefix || rest.startsWith(`${prefix}/`)) ?? [
    '',
    'unknown',
  ];
  // An action changes the thing that it is posted to; a tag is created, its members are changed.
  const verb = method === 'POST' && /\/(actions|resources)$/.test(rest) ? 'update' : VERBS[method];
  return `${resource}:${verb}`;
}

function cloudflareScope(method: string, path: string): string {
  const verb = method === 'GET' || method === 'HEAD' ? 'read' : 'edit';
  return `${path.includes('/dns_records') ? 'dns_records' : 'zone'}:${verb}`;
}

/** The path of a request, without its query. */
export const pathOf = ({ url }: FastifyRequest): string => url.replace(/\?.*$/s, '');

/** The token that a request carries. */
export const bearerOf = (request: FastifyRequest): string | undefined =>
  /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];

/** Refuses a request without a known token (401) or with one that lacks the scope (403). */
export function authorise(
  tokens: Tokens,
  limited: readonly LimitedToken[],
  api: ApiName,
  request: FastifyRequest,
): void {
  const given = bearerOf(request);
  const refuse = new ApiError(
    401,
    api === 'digitalocean' ? 'unauthorized' : 10000,
    api === 'digitalocean' ? 'Unable to authenticate you' : 'Authentication error',
  );
  if (!given) throw refuse;
  if (given === tokens[api]) return;
  const token = limited.find((entry) => entry.api === api && entry.token === given);
  if (!token) throw refuse;
  const path = pathOf(request);
  if (path === '/client/v4/user/tokens/verify') return;
  const scope =
    api === 'digitalocean' ? digitalOceanScope(request.method, path) : cloudflareScope(request.method, path);
  const [, verb] = scope.split(':');
  if (token.scopes.includes(scope) || token.scopes.includes(`*:${verb}`)) return;
  throw api === 'digitalocean'
    ? new ApiError(403, 'forbidden', `You are missing the required permission ${scope}.`)
    : new ApiError(403, 10000, 'Authentication error');
}
