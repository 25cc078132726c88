import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { timestamp, type Context } from './context';
import { notFound, parseBody, unprocessable } from './errors';
import { page } from './paging';
import { own, type Firewall, type FirewallRule, type Targets } from './state';
import { knownTag, tagName } from './tags';

function isPrefix(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)))
  );
}

function isPorts(text: string): boolean {
  const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  return ['all', '0'].includes(text) || (Number(from) >= 1 && Number(from) <= Number(to) && Number(to) <= 65535);
}

const none = (what: string) => z.array(z.string()).max(0, `The embedded cloud has no ${what}.`).nullish();
const targets = z.object({
  addresses: z.array(z.string().refine(isPrefix, 'invalid address')).nullish(),
  droplet_ids: z.array(z.number().int()).nullish(),
  tags: z.array(tagName).nullish(),
  load_balancer_uids: none('load balancers'),
  kubernetes_ids: none('Kubernetes clusters'),
});
const ports = z
  .string()
  .refine((text) => text === '' || isPorts(text), 'invalid ports')
  .nullish();
const protocol = z.enum(['tcp', 'udp', 'icmp']);
const bodySchema = z.object({
  name: z
    .string()
    .regex(
      /^[a-zA-Z0-9][a-zA-Z0-9.-]{0,254}$/,
      'Names start with a letter or digit and hold letters, digits, dots and dashes.',
    ),
  inbound_rules: z.array(z.object({ protocol, ports, sources: targets })).nullish(),
  outbound_rules: z.array(z.object({ protocol, ports, destinations: targets })).nullish(),
  droplet_ids: z.array(z.number().int()).nullish(),
  tags: z.array(tagName).nullish(),
});
type Body = z.infer<typeof bodySchema>;

function rule(
  given: { protocol: FirewallRule['protocol']; ports?: string | null },
  to: z.infer<typeof targets>,
): FirewallRule {
  const ports = given.protocol === 'icmp' ? '0' : given.ports;
  if (!ports) throw unprocessable(`ports are required for ${given.protocol} rules`);
  const kept = Object.fromEntries(
    Object.entries(to).filter(([, list]) => Array.isArray(list) && list.length > 0),
  ) as Targets;
  if (Object.keys(kept).length === 0) throw unprocessable('a rule needs at least one source or destination');
  // Ports stay as sent: the provider sees a difference in any other spelling.
  return { protocol: given.protocol, ports, targets: kept };
}

function firewallView(firewall: Firewall): object {
  const side = (key: 'sources' | 'destinations') => (own: FirewallRule) => ({
    protocol: own.protocol,
    ports: own.ports === 'all' ? '0' : own.ports,
    [key]: own.targets,
  });
  return {
    id: firewall.id,
    name: firewall.name,
    status: firewall.status,
    created_at: firewall.createdAt,
    pending_changes: [],
    inbound_rules: firewall.inbound.map(side('sources')),
    outbound_rules: firewall.outbound.map(side('destinations')),
    droplet_ids: firewall.dropletIds,
    tags: firewall.tags,
  };
}

export function firewallRoutes(app: FastifyInstance, { store, network }: Context): void {
  const existing = (id: string): Firewall => {
    const firewall = own(store.state.firewalls, id);
    if (!firewall) throw notFound();
    return firewall;
  };

  /** The stored form of a body; everything that it names must exist. */
  const fields = (body: Body): Pick<Firewall, 'name' | 'inbound' | 'outbound' | 'dropletIds' | 'tags'> => {
    const inbound = (body.inbound_rules ?? []).map((own) => rule(own, own.sources));
    const outbound = (body.outbound_rules ?? []).map((own) => rule(own, own.destinations));
    if (inbound.length + outbound.length === 0) throw unprocessable('at least one rule is required');
    const all = [...inbound, ...outbound];
    for (const tag of [...(body.tags ?? []), ...all.flatMap((own) => own.targets.tags ?? [])]) {
      if (knownTag(store.state, tag) === undefined) throw unprocessable(`tag ${tag} does not exist`);
    }
    for (const id of [...(body.droplet_ids ?? []), ...all.flatMap((own) => own.targets.droplet_ids ?? [])]) {
      if (!store.state.droplets[id]) throw unprocessable(`droplet ${id} does not exist`);
    }
    return {
      name: body.name,
      inbound,
      outbound,
      dropletIds: [...new Set(body.droplet_ids ?? [])],
      tags: [...new Set(body.tags ?? [])],
    };
  };

  const enforce = async (firewall: Firewall): Promise<object> => {
    const applied = await network.apply();
    store.change(() => {
      firewall.status = applied ? 'succeeded' : 'failed';
    });
    return { firewall: firewallView(firewall) };
  };

  const unusedName = (name: string, own?: Firewall): void => {
    if (Object.values(store.state.firewalls).some((other) => other !== own && other.name === name)) {
      throw unprocessable('duplicate name');
    }
  };

  app.get('/firewalls', async (request) =>
    page(request, 'firewalls', Object.values(store.state.firewalls).map(firewallView)),
  );

  app.post('/firewalls', async (request, reply) => {
    const given = fields(parseBody(bodySchema, request.body));
    unusedName(given.name);
    const firewall = store.change((state): Firewall => {
      const id = randomUUID();
      return (state.firewalls[id] = { id, status: 'succeeded', createdAt: timestamp(), ...given });
    });
    return reply.code(202).send(await enforce(firewall));
  });

  app.get<{ Params: { id: string } }>('/firewalls/:id', async (request) => ({
    firewall: firewallView(existing(request.params.id)),
  }));

  app.put<{ Params: { id: string } }>('/firewalls/:id', async (request) => {
    const firewall = existing(request.params.id);
    const given = fields(parseBody(bodySchema, request.body));
    unusedName(given.name, firewall);
    store.change(() => Object.assign(firewall, given));
    return enforce(firewall);
  });

  app.delete<{ Params: { id: string } }>('/firewalls/:id', async (request, reply) => {
    const { id } = existing(request.params.id);
    store.change((state) => {
      delete state.firewalls[id];
    });
    await network.apply();
    return reply.code(204).send();
  });
}
