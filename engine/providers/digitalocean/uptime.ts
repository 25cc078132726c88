import { compact, isObject, PropertyMap, Value } from '../../values';
import { BridgedResource, plain, Schema, textOf } from '../bridge';
import { Call } from '../types';
import { attempt, DigitalOceanApi, Json } from './api';

type Created = { id: string; outputs: PropertyMap };
const list = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : []);

/** `digitalocean:index/uptimeCheck:UptimeCheck` */
export class UptimeCheck extends BridgedResource {
  protected readonly schema: Schema = {
    autoname: 255,
    fields: {
      name: { type: 'string' },
      target: { type: 'string', required: true },
      type: { type: 'string', default: 'https' },
      regions: { type: 'strings', set: true },
      enabled: { type: 'bool', default: true },
    },
    computed: [],
  };

  constructor(private readonly api: DigitalOceanApi) {
    super();
  }

  private body(inputs: PropertyMap): Json {
    return {
      name: inputs.name,
      type: inputs.type,
      target: inputs.target,
      regions: inputs.regions ?? null,
      enabled: inputs.enabled ?? true,
    };
  }

  private outputs(check: Json): PropertyMap {
    return compact({
      id: check.id,
      name: check.name,
      type: check.type,
      target: check.target,
      regions: list(check.regions),
      enabled: check.enabled === true,
    });
  }

  protected async make(call: Call, inputs: PropertyMap): Promise<Created> {
    const check = await attempt('Error creating uptime check', () =>
      this.api.send(call, 'POST', '/v2/uptime/checks', 'check', this.body(inputs)),
    );
    const id = String(check.id);
    return { id, outputs: this.outputs(await this.api.send(call, 'GET', `/v2/uptime/checks/${id}`, 'check')) };
  }

  async adopt(call: Call, inputs: PropertyMap): Promise<Created | undefined> {
    const { name } = plain(inputs);
    const check = (await this.api.list(call, '/v2/uptime/checks', 'checks')).find(
      (each) => each.name === name && !call.owned.has(String(each.id)),
    );
    return check === undefined ? undefined : { id: String(check.id), outputs: this.outputs(check) };
  }

  protected async change(call: Call, id: string, inputs: PropertyMap): Promise<PropertyMap> {
    await attempt('Error updating uptime check', () =>
      this.api.send(call, 'PUT', `/v2/uptime/checks/${id}`, 'check', this.body(inputs)),
    );
    return this.outputs(await this.api.send(call, 'GET', `/v2/uptime/checks/${id}`, 'check'));
  }

  protected async look(call: Call, id: string): Promise<PropertyMap | undefined> {
    const check = await attempt('Error retrieving uptime check', () =>
      this.api.find(call, `/v2/uptime/checks/${id}`, 'check'),
    );
    return check === undefined ? undefined : this.outputs(check);
  }

  protected async remove(call: Call, id: string): Promise<void> {
    if (!(await attempt('Error deleting uptime check', () => this.api.remove(call, `/v2/uptime/checks/${id}`))))
      throw this.gone(`Uptime check ${id}`);
  }
}

function toApi(notifications: Value | undefined): Value {
  const first = list(notifications).find(isObject) ?? {};
  const slacks = list(first.slacks);
  return { email: list(first.emails), slack: slacks.length === 0 ? null : slacks };
}

function fromApi(notifications: Value | undefined): Value {
  const answer = isObject(notifications) ? notifications : {};
  return [{ emails: list(answer.email), slacks: list(answer.slack) }];
}

/** `digitalocean:index/uptimeAlert:UptimeAlert` */
export class UptimeAlert extends BridgedResource {
  protected readonly schema: Schema = {
    autoname: 255,
    fields: {
      name: { type: 'string' },
      checkId: { type: 'string', required: true },
      type: { type: 'string', required: true },
      threshold: { type: 'number' },
      comparison: { type: 'string' },
      period: { type: 'string' },
      notifications: { type: 'any', required: true, normalise: (value) => fromApi(toApi(value)) },
    },
    computed: [],
  };

  constructor(private readonly api: DigitalOceanApi) {
    super();
  }

  private body(inputs: PropertyMap): Json {
    return {
      name: inputs.name,
      type: inputs.type,
      threshold: inputs.threshold ?? 0,
      comparison: inputs.comparison ?? '',
      notifications: toApi(inputs.notifications),
      period: inputs.period,
    };
  }

  private outputs(alert: Json, { checkId }: PropertyMap): PropertyMap {
    return compact({
      id: alert.id,
      checkId,
      name: alert.name,
      type: alert.type,
      threshold: alert.threshold ?? 0,
      comparison: alert.comparison ?? '',
      period: alert.period ?? '',
      notifications: fromApi(alert.notifications),
    });
  }

  private path(inputs: PropertyMap, id?: string): string {
    return `/v2/uptime/checks/${textOf(inputs, 'checkId')}/alerts${id === undefined ? '' : `/${id}`}`;
  }

  protected async make(call: Call, inputs: PropertyMap): Promise<Created> {
    const alert = await attempt('Error creating uptime alert', () =>
      this.api.send(call, 'POST', this.path(inputs), 'alert', this.body(inputs)),
    );
    const id = String(alert.id);
    return {
      id,
      outputs: this.outputs(await this.api.send(call, 'GET', this.path(inputs, id), 'alert'), inputs),
    };
  }

  async adopt(call: Call, raw: PropertyMap): Promise<Created | undefined> {
    const inputs = plain(raw);
    const alerts = await this.api.list(call, this.path(inputs), 'alerts');
    const alert = alerts.find((each) => each.name === inputs.name && !call.owned.has(String(each.id)));
    return alert === undefined ? undefined : { id: String(alert.id), outputs: this.outputs(alert, inputs) };
  }

  protected async change(call: Call, id: string, inputs: PropertyMap): Promise<PropertyMap> {
    await attempt('Error updating uptime alert', () =>
      this.api.send(call, 'PUT', this.path(inputs, id), 'alert', this.body(inputs)),
    );
    return this.outputs(await this.api.send(call, 'GET', this.path(inputs, id), 'alert'), inputs);
  }

  protected async look(
    call: Call,
    id: string,
    _inputs: PropertyMap,
    old: PropertyMap,
  ): Promise<PropertyMap | undefined> {
    const alert = await attempt('Error retrieving uptime alert', () =>
      this.api.find(call, this.path(old, id), 'alert'),
    );
    return alert === undefined ? undefined : this.outputs(alert, old);
  }

  protected async remove(call: Call, id: string, old: PropertyMap): Promise<void> {
    if (!(await attempt('Error deleting uptime alert', () => this.api.remove(call, this.path(old, id)))))
      throw this.gone(`Uptime alert ${id}`);
  }
}
