/** An account at DigitalOcean: the same endpoint and token that the provider uses. */
import { digitalOceanApi as address } from '../../../stacks/outside/addresses';
import { required } from '../../../stacks/model/required';
import { Api, type Setting } from '../../network/api';
import type { ListedFirewall, ListedMachine, MachineAccount, Order, Problem } from '../driver';
import { unavailable, type ListedSize } from './available';
import { TYPES, words } from './facts';
import { ACCOUNT_PATH, attempts, rebuildOrders } from './scopes';

interface ApiDroplet {
  id: number;
  name: string;
  status: string;
  size_slug: string;
  tags: string[];
  networks: { v4: Array<{ ip_address: string; type: string }> };
}

interface ApiAddress {
  ip: string;
  droplet?: { id: number } | null;
}

interface ApiAccount {
  email: string;
  status: string;
  status_message?: string;
  droplet_limit: number;
  reserved_ip_limit?: number;
  floating_ip_limit?: number;
}

/** The most that a page may have. */
const PER_PAGE = 200;
/** Path and name of the list of each type that is asked for by its id. */
const LISTS: Record<string, { path: string; field: string }> = {
  [TYPES.machine]: { path: 'droplets', field: 'droplets' },
  [TYPES.entrance]: { path: 'reserved_ips', field: 'reserved_ips' },
  [TYPES.key]: { path: 'account/keys', field: 'ssh_keys' },
};
const listOf = (type: string) => required(LISTS[type], `a list of ${type}`);

export class DigitalOceanAccount implements MachineAccount {
  readonly words = words;
  readonly ownPath = ACCOUNT_PATH;
  readonly attempts = attempts;
  readonly api: Api;

  constructor(setting?: Setting, env: NodeJS.ProcessEnv = process.env) {
    this.api = new Api({
      label: 'DigitalOcean',
      official: address.value,
      base: setting?.('digitalocean:apiEndpoint') ?? env.DIGITALOCEAN_API_URL,
      token: setting?.('digitalocean:token') ?? env.DIGITALOCEAN_TOKEN ?? env.DIGITALOCEAN_ACCESS_TOKEN,
      variable: 'DIGITALOCEAN_TOKEN',
    });
  }

  machines(): Promise<ListedMachine[]> {
    return this.droplets('');
  }

  tagged(tag: string): Promise<ListedMachine[]> {
    return this.droplets(`tag_name=${encodeURIComponent(tag)}&`);
  }

  async machine(id: string): Promise<ListedMachine | undefined> {
    const found = await this.api.find<{ droplet: ApiDroplet }>(`/v2/droplets/${id}`);
    return found && listed(found.droplet);
  }

  async remove(id: string): Promise<void> {
    const { status, body } = await this.api.ask<{ message?: string }>('DELETE', `/v2/droplets/${id}`);
    if (status !== 204 && status !== 404)
      throw new Error(
        `Droplet ${id} did not come up, and ${this.api.label} does not delete it now (${status}: ${body?.message ?? 'no reason'})`,
      );
  }

  async power(id: string, to: 'on' | 'off'): Promise<void> {
    await this.api.call('POST', `/v2/droplets/${id}/actions`, { type: `power_${to}` });
  }

  async firewalls(): Promise<ListedFirewall[]> {
    const found = await this.all<{ id: string; name: string; droplet_ids?: number[] | null; tags?: string[] | null }>(
      'firewalls',
    );
    return found.map(({ id, name, droplet_ids, tags }) => ({
      id,
      name,
      machines: (droplet_ids ?? []).map(String),
      tags: tags ?? [],
    }));
  }

  async deleteFirewall(id: string): Promise<void> {
    await this.api.call('DELETE', `/v2/firewalls/${id}`);
  }

  async entrances(): Promise<Record<string, string | undefined>> {
    return Object.fromEntries((await this.all<ApiAddress>('reserved_ips')).map((one) => [one.ip, holderOf(one)]));
  }

  async behind(entrance: string): Promise<string | undefined> {
    return holderOf(
      (await this.api.call<{ reserved_ip: ApiAddress }>('GET', `/v2/reserved_ips/${entrance}`)).reserved_ip,
    );
  }

  /** Every SSH key of the account. */
  async keys(): Promise<Array<{ id: string; name: string; publicKey: string }>> {
    const found = await this.all<{ id: number; name: string; public_key: string }>('account/keys', '', 'ssh_keys');
    return found.map(({ id, name, public_key: publicKey }) => ({ id: String(id), name, publicKey }));
  }

  async deleteKey(id: string): Promise<void> {
    await this.api.call('DELETE', `/v2/account/keys/${id}`);
  }

  async unavailable(order: Order): Promise<Problem[]> {
    const [known, { sizes }] = await Promise.all([
      this.api.find<{ image: { regions: string[] } }>(`/v2/images/${order.image}`),
      this.api.call<{ sizes: ListedSize[] }>('GET', '/v2/sizes?per_page=200'),
    ]);
    return unavailable(order, known?.image, sizes);
  }

  /** The machine that serves stays until its successor has taken over. */
  async noRoom({ name }: Order): Promise<Problem[]> {
    const [{ droplet_limit: limit }, droplets] = await Promise.all([this.account(), this.machines()]);
    return droplets.length >= limit
      ? [
          {
            what: `the account holds ${droplets.length} droplets and may hold ${limit}, so a new one for ${name} would be refused`,
            todo: 'delete one that is not needed, or ask DigitalOcean to raise the limit (Account > Team settings)',
          },
        ]
      : [];
  }

  async usage(of: 'machines' | 'entrances'): Promise<{ used: number; limit?: number }> {
    const { path, field } = listOf(of === 'machines' ? TYPES.machine : TYPES.entrance);
    const [account, used] = await Promise.all([this.account(), this.all(path, '', field)]);
    const limit = of === 'machines' ? account.droplet_limit : (account.reserved_ip_limit ?? account.floating_ip_limit);
    return { used: used.length, ...(limit === undefined ? {} : { limit }) };
  }

  async suspension(): Promise<string | undefined> {
    const { status, status_message: message } = await this.account();
    return status === 'active' ? undefined : `it is ${status}${message ? `: ${message}` : ''}`;
  }

  async owner(): Promise<string | undefined> {
    return (await this.account()).email;
  }

  async missingScopes(entrance: string): Promise<string[]> {
    const { label, variable } = this.api;
    return (await this.api.lacking(rebuildOrders(entrance))).map(
      (scope) => `${label}: the token lacks the scope ${scope}; give ${variable} one that has it`,
    );
  }

  async ids(type: string): Promise<string[]> {
    const { path, field } = listOf(type);
    return (await this.all<{ id?: number; ip?: string }>(path, '', field)).map(({ id, ip }) => String(ip ?? id));
  }

  async has(type: string, id: string): Promise<boolean> {
    return (await this.api.find(`/v2/${listOf(type).path}/${id}`)) !== undefined;
  }

  made(type: string, inputs: Record<string, unknown>, taken: Set<string | undefined>): Promise<string | undefined> {
    return (FINDERS[type] ?? (async () => undefined))(this, inputs as unknown as MadeInputs, taken);
  }

  /** Whether there is a tag of that name. */
  async hasTag(name: string): Promise<boolean> {
    return (await this.api.find(`/v2/tags/${encodeURIComponent(name)}`)) !== undefined;
  }

  private async droplets(filter: string): Promise<ListedMachine[]> {
    return (await this.all<ApiDroplet>('droplets', filter)).map(listed);
  }

  private async account(): Promise<ApiAccount> {
    return (await this.api.call<{ account: ApiAccount }>('GET', ACCOUNT_PATH)).account;
  }

  /** Every page of a list. */
  private async all<T>(path: string, filter = '', field = path): Promise<T[]> {
    const found: T[] = [];
    for (let page = 1; ; page++) {
      const answer = await this.api.call<Record<string, T[]> & { meta?: { total: number } }>(
        'GET',
        `/v2/${path}?${filter}per_page=${PER_PAGE}&page=${page}`,
      );
      const items = required(answer[field], `${field} in what DigitalOcean answered`);
      found.push(...items);
      if (items.length < PER_PAGE || found.length >= (answer.meta?.total ?? 0)) return found;
    }
  }
}

const holderOf = ({ droplet }: ApiAddress): string | undefined => (droplet ? String(droplet.id) : undefined);

const listed = ({ id, name, status, size_slug: size, tags, networks }: ApiDroplet): ListedMachine => ({
  id: String(id),
  name,
  status,
  size,
  tags,
  address: networks.v4.find((net) => net.type === 'public')?.ip_address ?? '',
});

interface MadeInputs {
  name: string;
  tags?: string[];
  publicKey: string;
  ipAddress: string;
  dropletId: number;
}

/** How what a killed run made is found again. Reserved addresses have no name of their own. */
const FINDERS: Record<
  string,
  (account: DigitalOceanAccount, inputs: MadeInputs, taken: Set<string | undefined>) => Promise<string | undefined>
> = {
  [TYPES.machine]: async (account, { name, tags = [] }, taken) =>
    (await account.machines()).find(
      (one) => one.name === name && tags.every((tag) => one.tags.includes(tag)) && !taken.has(one.id),
    )?.id,
  [TYPES.key]: async (account, { publicKey }) =>
    (await account.keys()).find((key) => key.publicKey.trim() === publicKey.trim())?.id,
  [TYPES.firewall]: async (account, { name }, taken) =>
    (await account.firewalls()).find((one) => one.name === name && !taken.has(one.id))?.id,
  [TYPES.tag]: async (account, { name }) => ((await account.hasTag(name)) ? name : undefined),
  [TYPES.lead]: async (account, { ipAddress, dropletId }) =>
    (await account.entrances())[ipAddress] === String(dropletId) ? `${dropletId}-${ipAddress}-adopted` : undefined,
};
