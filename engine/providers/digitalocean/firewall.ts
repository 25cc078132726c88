import { compact, isObject, PropertyMap, Value } from '../../values';
import { BridgedResource, plain, Schema } from '../bridge';
import { Call, CheckFailure } from '../types';
import { attempt, DigitalOceanApi, Json } from './api';

const TARGETS = ['Addresses', 'DropletIds', 'LoadBalancerUids', 'KubernetesIds', 'Tags'] as const;
const API_TARGETS: Record<(typeof TARGETS)[number], string> = {
  Addresses: 'addresses',
  DropletIds: 'droplet_ids',
  LoadBalancerUids: 'load_balancer_uids',
  KubernetesIds: 'kubernetes_ids',
  Tags: 'tags',
};

type Side = 'source' | 'destination';
const list = (value: Value | undefined): Value[] => (Array.isArray(value) ? value : []);

/** The API says "0" for all ports, and means none for icmp. */
function ports(protocol: Value | undefined, value: Value | undefined): string {
  const text = typeof value === 'string' ? value : '';
  if (protocol === 'icmp') return '';
  return text === '0' || text === '' ? 'all' : text;
}

function normalise(side: Side) {
  return (value: Value): Value =>
    list(value).map((rule) => {
      if (!isObject(rule)) return rule;
      const targets = Object.fromEntries(
        TARGETS.map((target) => [target, list(rule[`${side}${target}`]).map(String).sort()]),
      );
      return { protocol: rule.protocol ?? null, ports: ports(rule.protocol, rule.portRange), ...targets };
    });
}

function toApi(rules: Value | undefined, side: Side): Value {
  const converted = list(rules)
    .filter(isObject)
    .map((rule): Value => {
      const targets = TARGETS.filter((target) => list(rule[`${side}${target}`]).length > 0).map((target) => [
        API_TARGETS[target],
        rule[`${side}${target}`],
      ]);
      const port = rule.protocol === 'icmp' ? undefined : (rule.portRange ?? '');
      return compact({ protocol: rule.protocol, ports: port, [`${side}s`]: Object.fromEntries(targets) as Value });
    });
  return converted.length === 0 ? null : converted;
}

function fromApi(rules: Value | undefined, side: Side): Value[] {
  return list(rules)
    .filter(isObject)
    .map((rule) => {
      const targets = (rule[`${side}s`] ?? {}) as Json;
      const all = TARGETS.map((target) => [`${side}${target}`, list(targets[API_TARGETS[target]])]);
      const port = ports(rule.protocol, rule.ports);
      return compact({ protocol: rule.protocol, portRange: port, ...Object.fromEntries(all) });
    });
}

/** `digitalocean:index/firewall:Firewall` */
export class Firewall extends BridgedResource {
  protected readonly schema: Schema = {
    autoname: 255,
    fields: {
      name: { type: 'string' },
      inboundRules: { type: 'any', set: true, normalise: normalise('source') },
      outboundRules: { type: 'any', set: true, normalise: normalise('destination') },
      dropletIds: { type: 'any', set: true },
      tags: { type: 'strings', set: true },
    },
    computed: ['createdAt', 'status', 'pendingChanges'],
  };

  constructor(private readonly api: DigitalOceanApi) {
    super();
  }

  protected override validate(inputs: PropertyMap): CheckFailure[] {
    const rules = [...list(inputs.inboundRules), ...list(inputs.outboundRules)].filter(isObject);
    if (rules.length === 0 && typeof inputs.inboundRules !== 'string')
      return [{ reason: 'at least one rule must be given' }];
    const known = new Set([
      'protocol',
      'portRange',
      ...TARGETS.flatMap((target) => [`source${target}`, `destination${target}`]),
    ]);
    return rules.flatMap((rule) => {
      const strange = Object.keys(rule).find((key) => !known.has(key) && key !== '__defaults');
      if (strange !== undefined)
        return [{ reason: `a rule has '${strange}', which the embedded engine does not implement` }];
      return rule.protocol !== 'icmp' && !rule.portRange
        ? [{ reason: `a ${String(rule.protocol)} rule needs a portRange` }]
        : [];
    });
  }

  private body(inputs: PropertyMap): Json {
    return {
      name: inputs.name,
      inbound_rules: toApi(inputs.inboundRules, 'source'),
      outbound_rules: toApi(inputs.outboundRules, 'destination'),
      droplet_ids: list(inputs.dropletIds).length === 0 ? null : list(inputs.dropletIds),
      tags: inputs.tags ?? [],
    };
  }

  private outputs(firewall: Json): PropertyMap {
    return {
      id: firewall.id as Value,
      name: firewall.name as Value,
      createdAt: firewall.created_at as Value,
      status: firewall.status as Value,
      inboundRules: fromApi(firewall.inbound_rules, 'source'),
      outboundRules: fromApi(firewall.outbound_rules, 'destination'),
      dropletIds: list(firewall.droplet_ids),
      tags: list(firewall.tags).slice().sort(),
      pendingChanges: list(firewall.pending_changes)
        .filter(isObject)
        .map((change) => compact({ dropletId: change.droplet_id, removing: change.removing, status: change.status })),
    };
  }

  protected async make(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }> {
    const recover = async (): Promise<unknown> => {
      const orphan = await this.orphan(call, inputs);
      return orphan === undefined ? undefined : { firewall: orphan };
    };
    const made = await attempt('Error creating firewall', () =>
      this.api.send(call, 'POST', '/v2/firewalls', 'firewall', this.body(inputs), recover),
    );
    const id = String(made.id);
    return { id, outputs: this.outputs(await this.api.send(call, 'GET', `/v2/firewalls/${id}`, 'firewall')) };
  }

  private async orphan(call: Call, inputs: PropertyMap): Promise<Json | undefined> {
    return (await this.api.list(call, '/v2/firewalls', 'firewalls')).find(
      (firewall) => firewall.name === inputs.name && !call.owned.has(String(firewall.id)),
    );
  }

  async adopt(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap } | undefined> {
    const orphan = await this.orphan(call, plain(inputs));
    return orphan === undefined ? undefined : { id: String(orphan.id), outputs: this.outputs(orphan) };
  }

  protected async change(call: Call, id: string, inputs: PropertyMap): Promise<PropertyMap> {
    await attempt('Error updating firewall', () =>
      this.api.send(call, 'PUT', `/v2/firewalls/${id}`, 'firewall', this.body(inputs)),
    );
    return this.outputs(await this.api.send(call, 'GET', `/v2/firewalls/${id}`, 'firewall'));
  }

  protected async look(call: Call, id: string): Promise<PropertyMap | undefined> {
    const firewall = await attempt('Error retrieving firewall', () =>
      this.api.find(call, `/v2/firewalls/${id}`, 'firewall'),
    );
    return firewall === undefined ? undefined : this.outputs(firewall);
  }

  protected async remove(call: Call, id: string): Promise<void> {
    if (!(await attempt('Error deleting firewall', () => this.api.remove(call, `/v2/firewalls/${id}`))))
      throw this.gone(`Firewall ${id}`);
  }
}
