import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { actionsOf, actionView, isPending, startAction, type Started } from './actions';
import { addressNumber, allocate } from './addresses';
import type { Context } from './context';
import { dropletView } from './droplets';
import { notFound, parseBody, pendingEvent, unprocessable } from './errors';
import { isRegion, region } from './lookups';
import { page } from './paging';
import { own, type Droplet, type ReservedIp } from './state';

const createSchema = z.object({ region: z.string().nullish(), droplet_id: z.number().int().nullish() });
const actionSchema = z.discriminatedUnion(
  'type',
  [z.object({ type: z.literal('assign'), droplet_id: z.number().int() }), z.object({ type: z.literal('unassign') })],
  { error: 'type must be assign or unassign' },
);

type AddressPath = { Params: { address: string } };

export function reservedIpRoutes(app: FastifyInstance, context: Context): void {
  const { store, network } = context;

  const existing = (address: string): ReservedIp => {
    const reserved = own(store.state.reservedIps, address);
    if (!reserved) throw notFound();
    return reserved;
  };

  const view = (reserved: ReservedIp): object => {
    const droplet = reserved.dropletId === null ? undefined : store.state.droplets[reserved.dropletId];
    return {
      ip: reserved.address,
      region: region(reserved.region),
      region_slug: reserved.region,
      droplet: droplet ? dropletView(droplet) : null,
      locked: isPending(store.state, 'reserved_ip', addressNumber(reserved.address)),
      project_id: '22222222-2222-4222-8222-222222222222',
    };
  };

  /** The droplet that an address may be assigned to; `address` is undefined when it is yet to be reserved. */
  const assignable = (id: number, slug: string | undefined, address?: string): Droplet => {
    const droplet = store.state.droplets[id];
    if (!droplet) throw unprocessable('The Droplet does not exist.');
    if (slug !== undefined && droplet.region !== slug)
      throw unprocessable('The reserved IP and the Droplet are in different regions.');
    if (isPending(store.state, 'droplet', id)) throw pendingEvent();
    if (Object.values(store.state.reservedIps).some((other) => other.dropletId === id && other.address !== address))
      throw unprocessable('Droplet already has a reserved IP.');
    return droplet;
  };

  /** Moves the address; the action is completed when the network routes it to the new place. */
  const move = (reserved: ReservedIp, type: 'assign' | 'unassign', dropletId: number | null): Started => {
    const before = reserved.dropletId;
    return startAction(
      context,
      { type, resourceType: 'reserved_ip', resourceId: addressNumber(reserved.address), region: reserved.region },
      {
        prepare: () => {
          reserved.dropletId = dropletId;
        },
        work: async () => {
          if (!(await network.apply())) throw new Error(`${reserved.address} could not be routed`);
          return () => undefined;
        },
        failed: (state) => {
          reserved.dropletId = before !== null && state.droplets[before] ? before : null;
        },
      },
    );
  };

  app.get('/reserved_ips', async (request) =>
    page(request, 'reserved_ips', Object.values(store.state.reservedIps).map(view)),
  );

  app.post('/reserved_ips', async (request, reply) => {
    const body = parseBody(createSchema, request.body);
    const droplet = body.droplet_id ? assignable(body.droplet_id, undefined) : undefined;
    const slug = droplet?.region ?? body.region?.toLowerCase();
    if (!slug) throw unprocessable('region or droplet_id is required');
    if (!isRegion(slug)) throw unprocessable('region is invalid');
    const reserved = store.change((state): ReservedIp => {
      const address = allocate(state, 'reserved');
      return (state.reservedIps[address] = { address, region: slug, dropletId: null });
    });
    if (droplet) await move(reserved, 'assign', droplet.id).settled;
    else await network.apply();
    return reply.code(202).send({ reserved_ip: view(reserved), links: {} });
  });

  app.get<AddressPath>('/reserved_ips/:address', async (request) => ({
    reserved_ip: view(existing(request.params.address)),
  }));

  app.delete<AddressPath>('/reserved_ips/:address', async (request, reply) => {
    const { address } = existing(request.params.address);
    if (isPending(store.state, 'reserved_ip', addressNumber(address)))
      throw unprocessable('The reserved IP already has a pending event.');
    store.change((state) => {
      delete state.reservedIps[address];
    });
    await network.apply();
    return reply.code(204).send();
  });

  app.get<AddressPath>('/reserved_ips/:address/actions', async (request) => {
    const { address } = existing(request.params.address);
    return page(request, 'actions', actionsOf(store.state, 'reserved_ip', addressNumber(address)).map(actionView));
  });

  app.post<AddressPath>('/reserved_ips/:address/actions', async (request, reply) => {
    const reserved = existing(request.params.address);
    const body = parseBody(actionSchema, request.body);
    if (isPending(store.state, 'reserved_ip', addressNumber(reserved.address)))
      throw unprocessable('The reserved IP already has a pending event.');
    if (body.type === 'unassign' && reserved.dropletId === null)
      throw unprocessable('The reserved IP is not assigned to a Droplet.');
    const target = body.type === 'assign' ? assignable(body.droplet_id, reserved.region, reserved.address).id : null;
    const { action } = move(reserved, body.type, target);
    return reply.code(201).send({ action: actionView(action) });
  });

  app.get<{ Params: { address: string; id: string } }>('/reserved_ips/:address/actions/:id', async (request) => {
    const { address } = existing(request.params.address);
    const action = own(store.state.actions, request.params.id);
    if (action?.resourceType !== 'reserved_ip' || action.resourceId !== addressNumber(address)) throw notFound();
    return { action: actionView(action) };
  });
}
