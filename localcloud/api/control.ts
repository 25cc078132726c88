import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { CLOCK_REACH } from '../hosts/clock';
import { newToken } from './auth';
import type { BadEnd, Context } from './context';
import { destroyDroplet } from './droplets';
import { notFound, parseBody, unprocessable } from './errors';
import { faultSchema, type Faults } from './faults';
import type { RequestLog } from './request-log';
import { own, type Droplet } from './state';

const fillSchema = z.object({ leaveMiB: z.number().min(0).default(0) }).strict();
const clockSchema = z
  .object({
    seconds: z
      .number()
      .int()
      .min(-10 * 365 * 86_400)
      .max(10 * 365 * 86_400),
  })
  .strict();
const firstBootSchema = z.object({ vendorAptSeconds: z.number().min(0).max(600).nullable() }).strict();
const withdrawalSchema = z.union([
  z.object({ image: z.string() }).strict(),
  z.object({ size: z.string(), region: z.string().optional() }).strict(),
]);
const createsSchema = z
  .object({ end: z.enum(['errored', 'stuck', 'vanishes']), count: z.number().int().min(1).default(1) })
  .strict();
const limitsSchema = z.object({ droplets: z.number().int().min(0) }).strict();
const tokenSchema = z.union([
  z.object({ api: z.enum(['digitalocean', 'cloudflare']), scopes: z.array(z.string()) }).strict(),
  z.object({ account: z.literal('other') }).strict(),
]);

/**
 * What drills do to the cloud from outside, below `/_cloud`. A droplet is named by its id or its name; one that is gone is a 404.
 * Each act on a droplet may be repeated and then changes nothing more.
 * - `POST /droplets/:key/destroy`: dead at once, also while it boots, its disk gone.
 * - `hang`, `partition`, `heal`: frozen, cut off, neither. `power-off`: stopped at once, its disk kept.
 * - `fill {leaveMiB}`, `unfill`: its disk has so many MiB left (0 by default), or as much as it has. The machine's disk is not filled.
 * - `set-clock {seconds}`: its clock is wrong by so much, 0 makes it right. The answer says which programs that reaches.
 * - `POST /first-boot {vendorAptSeconds}`: on droplets made from now on the provider's first boot holds apt's locks for so long, whether they
 *   have its agent or not; null goes back to what the agent takes.
 * - `POST /withdrawals {image} | {size, region?}`, `DELETE /withdrawals`: what cannot be ordered any more, and that all of it can be again.
 * - `POST /creates {end, count}`: the next droplets end in error, stay `new`, or vanish as soon as they are active. `POST /limits {droplets}`: how many the
 *   account may have.
 * - `POST /tokens {api, scopes} | {account: 'other'}`: a token that may do less, or one of DigitalOcean's of an account that owns nothing.
 * - `GET|POST|DELETE /faults`: faults of the two APIs, see `Fault`. `GET|DELETE /requests`: what was asked of them.
 */
export function controlRoutes(app: FastifyInstance, context: Context, faults: Faults, requests: RequestLog): void {
  const { store, driver } = context;
  const view = (droplet: Droplet): object => ({
    id: droplet.id,
    name: droplet.name,
    address: droplet.address,
    status: droplet.status,
    tags: droplet.tags,
    hung: droplet.hung,
    partitioned: droplet.partitioned,
    reservedIps: Object.values(store.state.reservedIps)
      .filter((reserved) => reserved.dropletId === droplet.id)
      .map((reserved) => reserved.address),
  });

  /** By id, or by name; of several with one name the newest, which is the one that a rebuild made. */
  const find = (key: string): Droplet => {
    const droplet =
      own(store.state.droplets, key) ??
      Object.values(store.state.droplets)
        .filter(({ name }) => name === key)
        .at(-1);
    if (!droplet) throw notFound();
    return droplet;
  };

  const acts: Record<string, (droplet: Droplet, body: unknown) => Promise<object | void>> = {
    destroy: ({ id }) => destroyDroplet(context, id),
    hang: async (droplet) => {
      await driver.freeze(droplet.id, true);
      store.change(() => {
        droplet.hung = true;
      });
    },
    partition: async (droplet) => {
      await driver.partition(droplet.id, true);
      store.change(() => {
        droplet.partitioned = true;
      });
    },
    heal: async (droplet) => {
      await driver.freeze(droplet.id, false);
      await driver.partition(droplet.id, false);
      store.change(() => Object.assign(droplet, { hung: false, partitioned: false }));
    },
    'power-off': async (droplet) => {
      await driver.powerOff(droplet.id);
      store.change(() => {
        Object.assign(droplet, { status: 'off', hung: false });
      });
    },
    fill: ({ id }, body) => driver.fill(id, parseBody(fillSchema, body).leaveMiB),
    unfill: ({ id }) => driver.fill(id, null),
    'set-clock': async ({ id, status }, body) => {
      const { seconds } = parseBody(clockSchema, body);
      if (status !== 'active') throw unprocessable('The clock of a droplet that is off cannot be set.');
      await driver.setClock(id, seconds);
      return { clock: { seconds, wrongFor: CLOCK_REACH.wrong, rightFor: CLOCK_REACH.right } };
    },
  };

  app.get('/status', async () => ({
    ready: true,
    droplets: Object.keys(store.state.droplets).length,
    reservedIps: Object.keys(store.state.reservedIps).length,
    records: Object.keys(store.state.records).length,
    faults: faults.all().length,
    store: context.storeFaults.absence() ?? 'answers',
    acme: context.acme.state(),
  }));
  app.get('/droplets', async () => ({ droplets: Object.values(store.state.droplets).map(view) }));
  for (const [name, act] of Object.entries(acts)) {
    app.post<{ Params: { key: string } }>(`/droplets/:key/${name}`, async (request) => {
      const droplet = find(request.params.key);
      try {
        const more = await act(droplet, request.body);
        return { droplet: view(droplet), ...more };
      } catch (error) {
        // Destroyed meanwhile.
        if (!own(store.state.droplets, String(droplet.id))) throw notFound();
        throw error;
      }
    });
  }

  app.post('/first-boot', async (request) => {
    const { vendorAptSeconds } = parseBody(firstBootSchema, request.body);
    context.vendorAptSeconds = vendorAptSeconds ?? undefined;
    return { vendorAptSeconds };
  });

  app.post('/withdrawals', async (request, reply) => {
    context.withdrawn.push(parseBody(withdrawalSchema, request.body));
    return reply.code(201).send({ withdrawals: context.withdrawn });
  });
  app.delete('/withdrawals', async (_request, reply) => {
    context.withdrawn.splice(0);
    return reply.code(204).send();
  });

  app.get('/faults', async () => ({ faults: faults.all() }));
  app.post('/faults', async (request, reply) =>
    reply.code(201).send({ fault: faults.add(parseBody(faultSchema, request.body)) }),
  );
  app.delete('/faults', async (_request, reply) => {
    faults.clear();
    return reply.code(204).send();
  });

  app.get('/requests', async () => ({ requests: requests.all() }));
  app.delete('/requests', async (_request, reply) => {
    requests.clear();
    return reply.code(204).send();
  });

  app.post('/creates', async (request) => {
    const { end, count } = parseBody(createsSchema, request.body);
    context.badCreates.push(...Array<BadEnd>(count).fill(end));
    return { creates: context.badCreates };
  });
  app.post('/limits', async (request) => {
    context.limits = { ...context.limits, ...parseBody(limitsSchema, request.body) };
    return { limits: context.limits };
  });

  app.post('/tokens', async (request, reply) => {
    const issued = { ...parseBody(tokenSchema, request.body), token: newToken() };
    if ('account' in issued) context.others.push(issued.token);
    else context.limited.push(issued);
    return reply.code(201).send(issued);
  });
}
