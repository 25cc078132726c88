import { EngineError, messageOf, PartialFailure } from '../../errors';
import { compact, PropertyMap, Value } from '../../values';
import { BridgedResource, plain, Schema } from '../bridge';
import { Call } from '../types';
import { attempt, DigitalOceanApi, Json } from './api';

type Created = { id: string; outputs: PropertyMap };

const holder = (ip: Json): number | null =>
  typeof ip.droplet === 'object' && ip.droplet !== null ? ((ip.droplet as Json).id as number) : null;

/** The calls that move a reserved IP; only one can be under way for a droplet. */
class Mover {
  constructor(private readonly api: DigitalOceanApi) {}

  find(call: Call, ip: string): Promise<Json | undefined> {
    return this.api.find(call, `/v2/reserved_ips/${ip}`, 'reserved_ip');
  }

  private async act(call: Call, ip: string, action: Record<string, unknown>): Promise<void> {
    const started = await this.api.send(call, 'POST', `/v2/reserved_ips/${ip}/actions`, 'action', action);
    await this.api.finish(call, started, `/v2/reserved_ips/${ip}/actions/${String(started.id)}`);
  }

  async assign(call: Call, ip: string, droplet: Value | undefined): Promise<void> {
    await this.api.poll(call, `The end of what is under way on droplet ${String(droplet)}`, async () => {
      const actions = await this.api.list(call, `/v2/droplets/${String(droplet)}/actions`, 'actions');
      return actions.every((action) => action.status === 'completed' || action.status === 'errored') ? true : undefined;
    });
    await this.act(call, ip, { type: 'assign', droplet_id: droplet });
  }

  unassign(call: Call, ip: string): Promise<void> {
    return this.act(call, ip, { type: 'unassign' });
  }
}

/** `digitalocean:index/reservedIp:ReservedIp` */
export class ReservedIp extends BridgedResource {
  protected readonly schema: Schema = {
    fields: {
      region: { type: 'string', required: true, forceNew: true, normalise: (value) => String(value).toLowerCase() },
      // Officially, a refresh does not notice an assignment that changed elsewhere.
      dropletId: { type: 'number', writeOnly: true },
      ipAddress: { type: 'string', computed: true, forceNew: true },
    },
    computed: ['reservedIpUrn'],
  };
  private readonly mover: Mover;

  constructor(private readonly api: DigitalOceanApi) {
    super();
    this.mover = new Mover(api);
  }

  private outputs(ip: Json, dropletId: Value | undefined): PropertyMap {
    return {
      id: ip.ip as Value,
      ipAddress: ip.ip as Value,
      region: (ip.region as Json).slug as Value,
      dropletId: dropletId ?? null,
      reservedIpUrn: `do:reservedip:${String(ip.ip)}`,
    };
  }

  private async now(call: Call, ip: string): Promise<Json> {
    return this.api.send(call, 'GET', `/v2/reserved_ips/${ip}`, 'reserved_ip');
  }

  protected async make(call: Call, inputs: PropertyMap): Promise<Created> {
    const made = await attempt('Error creating reserved IP', () =>
      this.api.send(call, 'POST', '/v2/reserved_ips', 'reserved_ip', { region: inputs.region }),
    );
    const ip = String(made.ip);
    try {
      if (inputs.dropletId !== undefined) await this.mover.assign(call, ip, inputs.dropletId);
      return { id: ip, outputs: this.outputs(await this.now(call, ip), inputs.dropletId) };
    } catch (error) {
      throw new PartialFailure(messageOf(error), ip, this.outputs(made, undefined));
    }
  }

  protected async change(call: Call, id: string, inputs: PropertyMap, old: PropertyMap): Promise<PropertyMap> {
    await attempt('Error updating reserved IP', async () => {
      if (inputs.dropletId !== undefined) await this.mover.assign(call, id, inputs.dropletId);
      else if (old.dropletId) await this.mover.unassign(call, id);
    });
    return this.outputs(await this.now(call, id), inputs.dropletId);
  }

  protected async look(
    call: Call,
    id: string,
    _inputs: PropertyMap,
    old: PropertyMap,
  ): Promise<PropertyMap | undefined> {
    const ip = await attempt('Error retrieving reserved IP', () => this.mover.find(call, id));
    return ip === undefined ? undefined : this.outputs(ip, old.dropletId);
  }

  protected async remove(call: Call, id: string, old: PropertyMap): Promise<void> {
    await attempt('Error deleting reserved IP', async () => {
      const ip = await this.mover.find(call, id);
      if (ip === undefined) throw this.gone(`Reserved IP ${id}`);
      if (old.dropletId && holder(ip) !== null) await this.mover.unassign(call, id);
      await this.api.remove(call, `/v2/reserved_ips/${id}`);
    });
  }
}

/** `digitalocean:index/reservedIpAssignment:ReservedIpAssignment` */
export class ReservedIpAssignment extends BridgedResource {
  protected readonly schema: Schema = {
    fields: {
      ipAddress: { type: 'string', required: true, forceNew: true },
      dropletId: { type: 'number', required: true, forceNew: true },
    },
    computed: [],
  };
  private readonly mover: Mover;
  private counter = 0;

  constructor(api: DigitalOceanApi) {
    super();
    this.mover = new Mover(api);
  }

  private newId(inputs: PropertyMap): string {
    const stamp = new Date().toISOString().replace(/\D/g, '');
    return `${String(inputs.dropletId)}-${String(inputs.ipAddress)}-${stamp}${String(++this.counter).padStart(8, '0')}`;
  }

  private created(inputs: PropertyMap): Created {
    const id = this.newId(inputs);
    return { id, outputs: compact({ id, ipAddress: inputs.ipAddress, dropletId: inputs.dropletId }) };
  }

  protected async make(call: Call, inputs: PropertyMap): Promise<Created> {
    await attempt('Error assigning reserved IP', () =>
      this.mover.assign(call, String(inputs.ipAddress), inputs.dropletId),
    );
    return this.created(inputs);
  }

  async adopt(call: Call, raw: PropertyMap): Promise<Created | undefined> {
    const inputs = plain(raw);
    const ip = await this.mover.find(call, String(inputs.ipAddress));
    return ip !== undefined && holder(ip) === inputs.dropletId ? this.created(inputs) : undefined;
  }

  protected async change(): Promise<PropertyMap> {
    throw new Error('An assignment has nothing that changes in place.');
  }

  protected async look(
    call: Call,
    _id: string,
    _inputs: PropertyMap,
    old: PropertyMap,
  ): Promise<PropertyMap | undefined> {
    const ip = await attempt('Error retrieving reserved IP', () => this.mover.find(call, String(old.ipAddress)));
    if (ip === undefined)
      throw new EngineError(
        `The reserved IP ${String(old.ipAddress)} does not exist, but an assignment of it is in the state.`,
      );
    return holder(ip) === old.dropletId ? old : undefined;
  }

  protected async remove(call: Call, _id: string, old: PropertyMap): Promise<void> {
    const address = String(old.ipAddress);
    await attempt('Error unassigning reserved IP', async () => {
      const ip = await this.mover.find(call, address);
      // The official provider crashes here; a sentence is the least one can do better.
      if (ip === undefined || holder(ip) === null) throw this.gone(`The assignment of the reserved IP ${address}`);
      if (holder(ip) === old.dropletId) await this.mover.unassign(call, address);
    });
  }
}
