import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Context } from './context';
import { notFound, parseBody, unprocessable } from './errors';
import { hasTag, sameTag } from './network';
import { page } from './paging';
import { own, type CloudState, type Droplet } from './state';

export const tagName = z
  .string()
  .regex(
    /^[a-zA-Z0-9:_-]{1,255}$/,
    'Tag names may hold letters, numbers, colons, dashes and underscores, at most 255 of them.',
  );

const createSchema = z.object({ name: tagName });
const resourcesSchema = z.object({
  resources: z.array(z.object({ resource_id: z.coerce.string(), resource_type: z.string() })),
});

/** Finds a tag without regard to case, as it was written when it was created. */
export const knownTag = (state: CloudState, name: string) => state.tags.find((tag) => sameTag(tag, name));

/** Makes sure that the tags exist (a droplet's tags are created with it) and returns them as they are written. */
export function ensureTags(state: CloudState, names: string[]): string[] {
  const written = names.map((name) => {
    const known = knownTag(state, name);
    if (known === undefined) state.tags.push(name);
    return known ?? name;
  });
  return [...new Set(written)];
}

function tagView(state: CloudState, name: string): object {
  const tagged = Object.values(state.droplets).filter((droplet) => hasTag(droplet.tags, name));
  const none = { count: 0 };
  const last = tagged.at(-1);
  const droplets = last
    ? { count: tagged.length, last_tagged_uri: `https://api.digitalocean.com/v2/droplets/${last.id}` }
    : none;
  return {
    name,
    resources: { count: tagged.length, droplets, images: none, volumes: none, volume_snapshots: none, databases: none },
  };
}

export function tagRoutes(app: FastifyInstance, { store, network }: Context): void {
  const existing = (name: string): string => {
    const tag = knownTag(store.state, name);
    if (tag === undefined) throw notFound();
    return tag;
  };
  const members = (body: unknown): Droplet[] =>
    parseBody(resourcesSchema, body).resources.map(({ resource_id: id, resource_type: type }) => {
      if (type !== 'droplet') throw unprocessable(`The embedded cloud tags droplets only, not ${type}.`);
      const droplet = own(store.state.droplets, id);
      if (!droplet) throw notFound();
      return droplet;
    });

  app.get('/tags', async (request) =>
    page(
      request,
      'tags',
      store.state.tags.map((name) => tagView(store.state, name)),
    ),
  );

  app.post('/tags', async (request, reply) => {
    const { name } = parseBody(createSchema, request.body);
    const [tag = name] = store.change((state) => ensureTags(state, [name]));
    return reply.code(201).send({ tag: tagView(store.state, tag) });
  });

  app.get<{ Params: { name: string } }>('/tags/:name', async (request) => ({
    tag: tagView(store.state, existing(request.params.name)),
  }));

  app.delete<{ Params: { name: string } }>('/tags/:name', async (request, reply) => {
    const tag = existing(request.params.name);
    store.change((state) => {
      state.tags = state.tags.filter((own) => own !== tag);
      for (const thing of [...Object.values(state.droplets), ...Object.values(state.firewalls)])
        thing.tags = thing.tags.filter((own) => !sameTag(own, tag));
    });
    await network.apply();
    return reply.code(204).send();
  });

  const change = {
    POST: (tags: string[], tag: string) => (hasTag(tags, tag) ? tags : [...tags, tag]),
    DELETE: (tags: string[], tag: string) => tags.filter((own) => !sameTag(own, tag)),
  };
  for (const method of ['POST', 'DELETE'] as const)
    app.route<{ Params: { name: string } }>({
      method,
      url: '/tags/:name/resources',
      handler: async (request, reply) => {
        const tag = existing(request.params.name);
        const droplets = members(request.body);
        store.change(() => droplets.forEach((droplet) => void (droplet.tags = change[method](droplet.tags, tag))));
        await network.apply();
        return reply.code(204).send();
      },
    });
}
