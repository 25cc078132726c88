/**
 * What a token may do: its scopes, by the type of resource that the program makes. A token is made in a panel that adds what a scope requires;
 * one that is made by the API, or loses a scope later, lacks it silently.
 */
import type { Fact } from './fact';

export type Verb = 'read' | 'create' | 'update' | 'delete';

export interface ResourceScopes {
  /** Name of the scopes before the colon. */
  scope: string;
  verbs: Verb[];
  /** Scopes of other resources without which these are not given. */
  requires: string[];
  /** Where the API lists such resources. */
  path: string;
}

const DROPLETS = ['regions:read', 'sizes:read', 'actions:read', 'image:read'];

/** By the resource's type in the program; `account` is what the preflight asks. */
export const digitalOceanScopes: Fact<
  Record<'account' | 'Droplet' | 'ReservedIp' | 'Firewall' | 'SshKey' | 'Tag' | 'UptimeCheck', ResourceScopes>
> = {
  value: {
    account: { scope: 'account', verbs: ['read'], requires: [], path: '/v2/account' },
    Droplet: {
      scope: 'droplet',
      verbs: ['read', 'create', 'update', 'delete'],
      requires: DROPLETS,
      path: '/v2/droplets',
    },
    ReservedIp: {
      scope: 'reserved_ip',
      verbs: ['read', 'create', 'update', 'delete'],
      requires: ['droplet:read', ...DROPLETS, 'project:read'],
      path: '/v2/reserved_ips',
    },
    Firewall: { scope: 'firewall', verbs: ['read', 'create', 'update', 'delete'], requires: [], path: '/v2/firewalls' },
    SshKey: { scope: 'ssh_key', verbs: ['read', 'create', 'delete'], requires: [], path: '/v2/account/keys' },
    Tag: { scope: 'tag', verbs: ['read', 'create', 'delete'], requires: [], path: '/v2/tags' },
    UptimeCheck: {
      scope: 'uptime',
      verbs: ['read', 'create', 'update', 'delete'],
      requires: [],
      path: '/v2/uptime/checks',
    },
  },
  source:
    'https://docs.digitalocean.com/reference/api/scopes/ (droplet/create, reserved_ip/create, firewall/create, uptime/create, tag/create)',
  checked: '2026-11-30',
  check: 'bin/fleet doctor --stack STACK',
};

/** What a token only looks up, and where: the scopes that others require. */
export const digitalOceanLookups: Fact<Record<string, string>> = {
  value: {
    'sizes:read': '/v2/sizes',
    'regions:read': '/v2/regions',
    'image:read': '/v2/images',
    'actions:read': '/v2/actions',
    'project:read': '/v2/projects',
  },
  source: 'https://docs.digitalocean.com/reference/api/scopes/',
  checked: '2026-11-30',
  check: 'bin/fleet doctor --stack STACK',
};

/** Permissions of a Cloudflare token, as its panel names them; both for the fleet's zone only. */
export const cloudflareScopes: Fact<string[]> = {
  value: ['Zone:Read', 'DNS:Edit'],
  source: 'https://developers.cloudflare.com/fundamentals/api/reference/permissions/',
  checked: '2026-11-29',
  check:
    'curl -sS -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" https://api.cloudflare.com/client/v4/user/tokens/verify',
};

/** The name of one scope. */
export const scopeOf = (type: keyof typeof digitalOceanScopes.value, verb: Verb): string =>
  `${digitalOceanScopes.value[type].scope}:${verb}`;
