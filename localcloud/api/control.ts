import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { newToken } from './auth';
import type { Context } from './context';
import { forgetDroplet } from './droplets';
import { notFound, parseBody } from './errors';
import { faultSchema, type Faults } from './faults';
import type { RequestLog } from './request-log';
import { own, type Droplet } from './state';

const tokenSchema = z.object({ api: z.enum(['digitalocean', 'cloudflare']), scopes: z.array(z.string()) });

/** What drills do to the cloud from outside: kill, freeze or cut off hosts, disturb the API, read what was asked of it. */
export function controlRoutes(app: FastifyInstance, context: Context, faults: Faults, requests: RequestLog): void {
  const { store, driver, network } = context;
  const view = (droplet: Droplet): object => ({
    id: droplet.id, name: droplet.name, address: droplet.address, status: droplet.status, tags: droplet.tags, hung: droplet.hung, partitioned: droplet.partitioned,
    reservedIps: Object.values(store.state.reservedIps).filter((reserved) => reserved.dropletId === droplet.id).map((reserved) => reserved.address),
  });

  /** By id, or by name; of several with one name the newest, which is the one that a rebuild made. */
  const find = (key: string): Droplet => {
    const droplet = own(store.state.droplets, key) ?? Object.values(store.state.droplets).filter(({ name }) => name === key).at(-1);
    if (!droplet) throw notFound();
    return droplet;
  };

  const acts: Record<string, (droplet: Droplet) => Promise<void>> = {
    destroy: async ({ id }) => {
      // Gone from the API first: nobody may see a host that is being torn down as active.
      store.change((state) => forgetDroplet(state, id));
      await driver.destroy(id);
      await network.apply();
    },
    hang: async (droplet) => {
      await driver.freeze(droplet.id, true);
      store.change(() => { droplet.hung = true; });
    },
    partition: async (droplet) => {
      await driver.partition(droplet.id, true);
      store.change(() => { droplet.partitioned = true; });
    },
    heal: async (droplet) => {
      await driver.freeze(droplet.id, false);
      await driver.partition(droplet.id, false);
      store.change(() => Object.assign(droplet, { hung: false, partitioned: false }));
    },
    'power-off': async (droplet) => {
      await driver.powerOff(droplet.id);
      store.change(() => Object.assign(droplet, { status: 'off', hung: false }));
    },
  };

  app.get('/status', async () => ({
    ready: true, droplets: Object.keys(store.state.droplets).length, reservedIps: Object.keys(store.state.reservedIps).length,
    records: Object.keys(store.state.records).length, faults: faults.all().length,
  }));
  app.get('/droplets', async () => ({ droplets: Object.values(store.state.droplets).map(view) }));
  for (const [name, act] of Object.entries(acts)) {
    app.post<{ Params: { key: string } }>(`/droplets/:key/${name}`, async (request) => {
      const droplet = find(request.params.key);
      await act(droplet);
      return { droplet: view(droplet) };
    });
  }

  app.get('/faults', async () => ({ faults: faults.all() }));
  app.post('/faults', async (request, reply) => reply.code(201).send({ fault: faults.add(parseBody(faultSchema, request.body)) }));
  app.delete('/faults', async (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });

  app.get('/requests', async () => ({ requests: requests.all() }));
  app.delete('/requests', async (_request, reply) => {
    requests.clear();
    return reply.code(204).send();
  });

  app.post('/tokens', async (request, reply) => {
    const issued = { ...parseBody(tokenSchema, request.body), token: newToken() };
    context.limited.push(issued);
    return reply.code(201).send(issued);
  });
}
