/**
 * What the official CLI leaves after a kill in the middle of a create: a pending operation, which it would create a second
 * time. The half-made resource is looked for by what names it, and taken into the state if the cloud has it.
 */
import { fetch } from 'undici';
import { cloudflareApi, digitalOceanApi } from '../../stacks/outside/addresses';

interface Resource {
  urn: string;
  type: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  delete?: boolean;
  /** Why it is not whole, where its making or its last change failed. */
  initErrors?: string[];
  dependencies?: string[];
  propertyDependencies?: Record<string, string[] | null>;
  created?: string;
  modified?: string;
}

export interface ExportedState {
  version: number;
  deployment: { resources?: Resource[]; pending_operations?: Array<{ type: string; resource: Resource }> };
}

/** Answers a GET of one of the two APIs; undefined for 404. */
export type Lookup = (api: 'digitalocean' | 'cloudflare', path: string) => Promise<any>;

export interface Adopted {
  state: ExportedState;
  /** What was done, in words. */
  notes: string[];
}

/** Resolves every pending operation of an exported state; the caller imports the result and refreshes. */
export async function resolvePending(state: ExportedState, lookup: Lookup): Promise<Adopted> {
  const resources = [...(state.deployment.resources ?? [])];
  const notes: string[] = [];
  for (const { type, resource } of state.deployment.pending_operations ?? []) {
    const label = `${resource.type} ${resource.urn.split('::').pop()}`;
    if (type !== 'creating') {
      notes.push(`forgot an interrupted "${type}" of ${label}: a refresh shows what became of it`);
      continue;
    }
    const taken = new Set(resources.map((other) => other.id));
    const id = await findId(resource, lookup, taken);
    if (id === undefined) {
      notes.push(`${label} was being created and is not there: it will be created`);
      continue;
    }
    for (const [index, other] of resources.entries()) {
      // The one it was to replace goes once its dependents have moved over.
      if (other.urn === resource.urn && !other.delete) resources[index] = { ...other, delete: true };
    }
    const now = new Date().toISOString();
    const adopted = { ...resource, id, outputs: resource.inputs, created: now, modified: now };
    const old = resources.findIndex((other) => other.urn === resource.urn);
    // A replaced resource stands behind its replacement.
    resources.splice(old === -1 ? resources.length : old, 0, adopted);
    notes.push(`${label} had been created before the run was killed: taken over as ${id}`);
  }
  return { state: { ...state, deployment: { ...state.deployment, resources, pending_operations: [] } }, notes };
}

/** Resolves against the APIs that the environment names. */
export const adoptPending = (state: ExportedState, env: NodeJS.ProcessEnv): Promise<Adopted> =>
  resolvePending(state, lookupIn(env));

/** Asks the APIs that the environment names. */
export function lookupIn(env: NodeJS.ProcessEnv): Lookup {
  return async (api, path) => {
    const [base, token] =
      api === 'digitalocean'
        ? [env.DIGITALOCEAN_API_URL ?? digitalOceanApi.value, env.DIGITALOCEAN_TOKEN ?? env.DIGITALOCEAN_ACCESS_TOKEN]
        : [env.CLOUDFLARE_BASE_URL ?? cloudflareApi.value, env.CLOUDFLARE_API_TOKEN];
    const answer = await fetch(`${base.replace(/\/$/, '')}${path}`, {
      headers: { authorization: `Bearer ${token ?? ''}` },
    });
    // A page of a proxy is no answer, whatever its status.
    if (answer.status === 404 && answer.headers.get('content-type')?.includes('json')) return undefined;
    if (!answer.ok)
      throw new Error(`${api} answered ${answer.status} to GET ${path} while looking for what the state has`);
    return answer.json();
  };
}

type Finder = (inputs: any, lookup: Lookup, taken: Set<string | undefined>) => Promise<string | number | undefined>;

/** How each type is found again. Reserved addresses have no name of their own, commands may simply run again. */
const finders: Record<string, Finder> = {
  'digitalocean:index/droplet:Droplet': async (inputs, lookup, taken) => {
    const found = await lookup('digitalocean', `/v2/droplets?per_page=200&name=${encodeURIComponent(inputs.name)}`);
    const tags: string[] = inputs.tags ?? [];
    return found?.droplets?.find(
      (droplet: any) =>
        droplet.name === inputs.name &&
        tags.every((tag) => droplet.tags?.includes(tag)) &&
        !taken.has(String(droplet.id)),
    )?.id;
  },
  'digitalocean:index/sshKey:SshKey': async (inputs, lookup) => {
    const found = await lookup('digitalocean', '/v2/account/keys?per_page=200');
    return found?.ssh_keys?.find((key: any) => key.public_key?.trim() === inputs.publicKey?.trim())?.id;
  },
  'digitalocean:index/firewall:Firewall': async (inputs, lookup, taken) => {
    const found = await lookup('digitalocean', '/v2/firewalls?per_page=200');
    return found?.firewalls?.find((firewall: any) => firewall.name === inputs.name && !taken.has(firewall.id))?.id;
  },
  'digitalocean:index/tag:Tag': async (inputs, lookup) =>
    (await lookup('digitalocean', `/v2/tags/${encodeURIComponent(inputs.name)}`))?.tag?.name,
  'digitalocean:index/reservedIpAssignment:ReservedIpAssignment': async (inputs, lookup) => {
    const found = await lookup('digitalocean', `/v2/reserved_ips/${inputs.ipAddress}`);
    return found?.reserved_ip?.droplet?.id === inputs.dropletId
      ? `${inputs.dropletId}-${inputs.ipAddress}-adopted`
      : undefined;
  },
  'cloudflare:index/dnsRecord:DnsRecord': async (inputs, lookup) => {
    const found = await lookup(
      'cloudflare',
      `/zones/${inputs.zoneId}/dns_records?type=${inputs.type}&name=${encodeURIComponent(inputs.name)}`,
    );
    return found?.result?.find((record: any) => record.content === inputs.content)?.id;
  },
};

async function findId(resource: Resource, lookup: Lookup, taken: Set<string | undefined>): Promise<string | undefined> {
  const id = await finders[resource.type]?.(resource.inputs ?? {}, lookup, taken);
  return id === undefined ? undefined : String(id);
}
