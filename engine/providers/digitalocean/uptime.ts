import { compact, isObject, PropertyMap, Value } from '../../values';
import { BridgedResource, plain, Schema, textOf } from '../bridge';
import { Call } from '../types';
import { attempt, DigitalOceanApi, Json } from './api';

type Created = { id: string; outputs: PropertyMap };
const list = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : []);

/** What the API lists by name, without anything that two of a kind share. */
abstract class Listed extends BridgedResource {
  constructor(
    protected readonly api: DigitalOceanApi,
    /** In the answers of the API, and in sentences after `uptime`. */
    private readonly noun: string,
  ) {
    super();
  }

  protected abstract body(inputs: PropertyMap): Json;
  protected abstract outputs(answer: Json, inputs: PropertyMap): PropertyMap;
  /** Path of the list. */
  protected abstract path(inputs: PropertyMap): string;

  private async answered(call: Call, id: string, inputs: PropertyMap): Promise<PropertyMap> {
    return this.outputs(await this.api.send(call, 'GET', `${this.path(inputs)}/${id}`, this.noun), inputs);
  }

  protected async make(call: Call, inputs: PropertyMap): Promise<Created> {
    const made = await attempt(`Error creating uptime ${this.noun}`, () =>
      this.api.send(call, 'POST', this.path(inputs), this.noun, this.body(inputs)),
    );
    const id = String(made.id);
    return { id, outputs: await this.answered(call, id, inputs) };
  }

  async adopt(call: Call, raw: PropertyMap): Promise<Created | undefined> {
    const inputs = plain(raw);
    const all = await this.api.list(call, this.path(inputs), `${this.noun}s`);
    const found = all.find((each) => each.name === inputs.name && !call.owned.has(String(each.id)));
    return found === undefined ? undefined : { id: String(found.id), outputs: this.outputs(found, inputs) };
  }

  protected async change(call: Call, id: string, inputs: PropertyMap): Promise<PropertyMap> {
    await attempt(`Error updating uptime ${this.noun}`, () =>
      this.api.send(call, 'PUT', `${this.path(inputs)}/${id}`, this.noun, this.body(inputs)),
    );
    return this.answered(call, id, inputs);
  }

  protected async look(
    call: Call,
    id: string,
    _inputs: PropertyMap,
    old: PropertyMap,
  ): Promise<PropertyMap | undefined> {
    const found = await attempt(`Error retrieving uptime ${this.noun}`, () =>
      this.api.find(call, `${this.path(old)}/${id}`, this.noun),
    );
    return found === undefined ? undefined : this.outputs(found, old);
  }

  protected async remove(call: Call, id: string, old: PropertyMap): Promise<void> {
    if (!(await attempt(`Error deleting uptime ${this.noun}`, () => this.api.remove(call, `${this.path(old)}/${id}`))))
      throw this.gone(`Uptime ${this.noun} ${id}`);
  }
}

/** `digitalocean:index/uptimeCheck:UptimeCheck` */
export class UptimeCheck extends Listed {
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

  constructor(api: DigitalOceanApi) {
    super(api, 'check');
  }

  protected body(inputs: PropertyMap): Json {
    return {
      name: inputs.name,
      type: inputs.type,
      target: inputs.target,
      regions: inputs.regions ?? null,
      enabled: inputs.enabled ?? true,
    };
  }

  protected outputs(check: Json): PropertyMap {
    return compact({
      id: check.id,
      name: check.name,
      type: check.type,
      target: check.target,
      regions: list(check.regions),
      enabled: check.enabled === true,
    });
  }

  protected path(): string {
    return '/v2/uptime/checks';
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
export class UptimeAlert extends Listed {
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

  constructor(api: DigitalOceanApi) {
    super(api, 'alert');
  }

  protected body(inputs: PropertyMap): Json {
    return {
      name: inputs.name,
      type: inputs.type,
      threshold: inputs.threshold ?? 0,
      comparison: inputs.comparison ?? '',
      notifications: toApi(inputs.notifications),
      period: inputs.period,
    };
  }

  protected outputs(alert: Json, { checkId }: PropertyMap): PropertyMap {
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

  protected path(inputs: PropertyMap): string {
    return `/v2/uptime/checks/${textOf(inputs, 'checkId')}/alerts`;
  }
}
