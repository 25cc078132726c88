import { EngineError, messageOf, PartialFailure } from '../../errors';
import { PropertyMap, Value } from '../../values';
import { BridgedResource, plain, Schema, sha1 } from '../bridge';
import { Call, CheckFailure, DiffResult, Known } from '../types';
import { attempt, DigitalOceanApi, Json } from './api';
import { retag } from './tagging';

const lower = <T>(value: T): T | string => (typeof value === 'string' ? value.toLowerCase() : value);
const numeric = <T>(value: T): T | number => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value);

interface Network {
  ip_address: string;
  type: string;
}

function address(droplet: Json, family: 'v4' | 'v6', type: string): string {
  const networks = (droplet.networks as unknown as Record<string, Network[] | undefined> | undefined)?.[family] ?? [];
  return networks.find((network) => network.type === type)?.ip_address ?? '';
}

/** Outputs of a droplet as the API has it; inputs win where the API does not tell. */
export function dropletOutputs(droplet: Json, known: PropertyMap): PropertyMap {
  const features = (droplet.features as string[] | undefined) ?? [];
  const size = droplet.size as Json;
  const { userData } = known;
  return {
    dropletAgent: null,
    backupPolicy: null,
    gracefulShutdown: false,
    resizeDisk: true,
    ...known,
    ...(typeof userData === 'string' ? { userData: /^[0-9a-f]{40}$/.test(userData) ? userData : sha1(userData) } : {}),
    id: String(droplet.id),
    name: droplet.name as Value,
    region: (droplet.region as Json).slug as Value,
    size: size.slug as Value,
    tags: ((droplet.tags as string[] | undefined) ?? []).slice().sort(),
    backups: features.includes('backups'),
    ipv6: features.includes('ipv6'),
    monitoring: features.includes('monitoring'),
    privateNetworking: features.includes('private_networking'),
    volumeIds: (droplet.volume_ids as string[] | undefined) ?? [],
    vpcUuid: (droplet.vpc_uuid as Value) ?? '',
    ipv4Address: address(droplet, 'v4', 'public'),
    ipv4AddressPrivate: address(droplet, 'v4', 'private'),
    ipv6Address: address(droplet, 'v6', 'public').toLowerCase(),
    publicNetworking: address(droplet, 'v4', 'public') !== '',
    createdAt: droplet.created_at as Value,
    disk: droplet.disk as Value,
    memory: droplet.memory as Value,
    vcpus: droplet.vcpus as Value,
    locked: droplet.locked === true,
    status: droplet.status as Value,
    priceHourly: size.price_hourly as Value,
    priceMonthly: size.price_monthly as Value,
    dropletUrn: `do:droplet:${String(droplet.id)}`,
  };
}

/** `digitalocean:index/droplet:Droplet` */
export class Droplet extends BridgedResource {
  protected readonly schema: Schema = {
    autoname: 255,
    fields: {
      image: { type: 'string', required: true, forceNew: true, writeOnly: true },
      size: { type: 'string', required: true, normalise: lower },
      region: { type: 'string', forceNew: true, computed: true, normalise: lower },
      name: { type: 'string' },
      sshKeys: { type: 'strings', forceNew: true, set: true, writeOnly: true },
      userData: {
        type: 'string',
        forceNew: true,
        writeOnly: true,
        normalise: (value) => (/^[0-9a-f]{40}$/.test(String(value)) ? value : sha1(String(value))),
      },
      tags: { type: 'strings', set: true, normalise: (value) => (value as Value[]).map(lower) },
      monitoring: { type: 'bool', forceNew: true },
      backups: { type: 'bool' },
      vpcUuid: { type: 'string', forceNew: true, computed: true },
      ipv6: { type: 'bool' },
      publicNetworking: { type: 'bool', forceNew: true, computed: true, writeOnly: true },
      dropletAgent: { type: 'bool', forceNew: true, writeOnly: true },
      gracefulShutdown: { type: 'bool', writeOnly: true },
      resizeDisk: { type: 'bool', default: true, writeOnly: true },
    },
    computed: [
      'createdAt',
      'disk',
      'dropletUrn',
      'ipv4Address',
      'ipv4AddressPrivate',
      'ipv6Address',
      'locked',
      'memory',
      'priceHourly',
      'priceMonthly',
      'privateNetworking',
      'status',
      'vcpus',
      'volumeIds',
    ],
  };

  constructor(private readonly api: DigitalOceanApi) {
    super();
  }

  protected override validate(inputs: PropertyMap): CheckFailure[] {
    const tags = Array.isArray(inputs.tags) ? inputs.tags : [];
    const wrong = tags.find((tag) => typeof tag === 'string' && !/^[a-zA-Z0-9:_-]{1,255}$/.test(tag));
    return wrong === undefined
      ? []
      : [{ property: 'tags', reason: `may hold letters, digits, ':', '_' and '-' only, not '${String(wrong)}'` }];
  }

  override diff(old: Known, news: PropertyMap): DiffResult {
    const result = super.diff(old, news);
    // Switching IPv6 off is the one direction that needs a new droplet.
    if (result.detailed.ipv6 !== undefined && old.outputs.ipv6 === true) {
      return {
        ...result,
        detailed: { ...result.detailed, ipv6: 'update-replace' },
        replaceKeys: [...result.replaceKeys, 'ipv6'],
        deleteBeforeReplace: this.isNamed(news),
      };
    }
    return result;
  }

  private isNamed(inputs: PropertyMap): boolean {
    return !(Array.isArray(inputs.__defaults) && inputs.__defaults.includes('name'));
  }

  private async active(call: Call, id: string): Promise<Json> {
    return this.api.poll(call, `The start of droplet ${id}`, async () => {
      const droplet = await this.api.find(call, `/v2/droplets/${id}`, 'droplet');
      if (droplet === undefined || droplet.locked === true || droplet.status === 'new') return undefined;
      if (droplet.status !== 'active') throw new EngineError(`it became '${String(droplet.status)}' instead of active`);
      return droplet;
    });
  }

  private async settle(call: Call, id: string, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }> {
    try {
      return { id, outputs: dropletOutputs(await this.active(call, id), inputs) };
    } catch (error) {
      throw new PartialFailure(`Droplet ${id} was made and did not start: ${messageOf(error)}.`, id, { ...inputs, id });
    }
  }

  protected async make(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }> {
    const body = {
      name: inputs.name,
      region: inputs.region ?? '',
      size: inputs.size,
      image: numeric(inputs.image),
      ssh_keys: Array.isArray(inputs.sshKeys) ? inputs.sshKeys.map(numeric) : null,
      backups: inputs.backups ?? false,
      ipv6: inputs.ipv6 ?? false,
      private_networking: false,
      monitoring: inputs.monitoring ?? false,
      tags: inputs.tags ?? [],
      user_data: inputs.userData,
      vpc_uuid: inputs.vpcUuid,
      with_droplet_agent: inputs.dropletAgent,
      public_networking: inputs.publicNetworking === false ? false : undefined,
    };
    const recover = async (): Promise<unknown> => {
      const made = await this.orphan(call, inputs);
      return made === undefined ? undefined : { droplet: made };
    };
    const droplet = await attempt('Error creating droplet', () =>
      this.api.send(call, 'POST', '/v2/droplets', 'droplet', body, recover),
    );
    return this.settle(call, String(droplet.id), inputs);
  }

  /** A droplet of this name and these tags that nobody accounts for was left by a lost answer or a killed create. */
  private async orphan(call: Call, inputs: PropertyMap): Promise<Json | undefined> {
    const wanted = (inputs.tags as string[] | undefined) ?? [];
    const orphans = (await this.api.list(call, '/v2/droplets', 'droplets')).filter((droplet) => {
      const tags = (droplet.tags as string[] | undefined) ?? [];
      return (
        droplet.name === inputs.name && !call.owned.has(String(droplet.id)) && wanted.every((tag) => tags.includes(tag))
      );
    });
    if (orphans.length > 1) {
      const ids = orphans.map((droplet) => String(droplet.id)).join(' and ');
      throw new EngineError(
        `Droplets ${ids} are both named '${String(inputs.name)}' and belong to nothing; delete the wrong one.`,
      );
    }
    return orphans[0];
  }

  async adopt(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap } | undefined> {
    const orphan = await this.orphan(call, plain(inputs));
    return orphan === undefined ? undefined : this.settle(call, String(orphan.id), plain(inputs));
  }

  protected async look(
    call: Call,
    id: string,
    inputs: PropertyMap,
    old: PropertyMap,
  ): Promise<PropertyMap | undefined> {
    const droplet = await attempt('Error retrieving droplet', () =>
      this.api.find(call, `/v2/droplets/${id}`, 'droplet'),
    );
    return droplet === undefined ? undefined : dropletOutputs(droplet, { ...inputs, ...old });
  }

  private async act(call: Call, id: string, action: Record<string, unknown>): Promise<void> {
    const started = await this.api.send(call, 'POST', `/v2/droplets/${id}/actions`, 'action', action);
    await this.api.finish(call, started, `/v2/actions/${String(started.id)}`);
  }

  protected async change(call: Call, id: string, inputs: PropertyMap, old: PropertyMap): Promise<PropertyMap> {
    return attempt(`Error updating droplet ${id}`, async () => {
      if (lower(inputs.size) !== lower(old.size)) {
        await this.act(call, id, { type: 'power_off' });
        await this.act(call, id, { type: 'resize', size: inputs.size, disk: inputs.resizeDisk ?? true });
        await this.act(call, id, { type: 'power_on' });
      }
      if (inputs.name !== old.name) await this.act(call, id, { type: 'rename', name: inputs.name });
      if ((inputs.backups ?? false) !== (old.backups ?? false))
        await this.act(call, id, { type: inputs.backups === true ? 'enable_backups' : 'disable_backups' });
      if (inputs.ipv6 === true && old.ipv6 !== true) await this.act(call, id, { type: 'enable_ipv6' });
      await retag(call, this.api, { id, type: 'droplet' }, old.tags, inputs.tags);
      return dropletOutputs(await this.active(call, id), inputs);
    });
  }

  protected async remove(call: Call, id: string, old: PropertyMap): Promise<void> {
    await attempt(`Error deleting droplet ${id}`, async () => {
      await this.api.poll(call, `The unlocking of droplet ${id}`, async () => {
        const droplet = await this.api.find(call, `/v2/droplets/${id}`, 'droplet');
        if (droplet === undefined) throw this.gone(`Droplet ${id}`);
        return droplet.locked === true ? undefined : true;
      });
      if (old.gracefulShutdown === true) await this.act(call, id, { type: 'shutdown' });
      await this.api.remove(call, `/v2/droplets/${id}`);
      await this.api.poll(call, `The end of droplet ${id}`, async () =>
        (await this.api.find(call, `/v2/droplets/${id}`, 'droplet')) === undefined ? true : undefined,
      );
    });
  }
}
