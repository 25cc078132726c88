import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { isPending, startAction, type Started } from './actions';
import { allocate } from './addresses';
import { timestamp, type Context } from './context';
import { notFound, parseBody, pendingEvent, statusError, unprocessable } from './errors';
import { findKey } from './keys';
import { imageOf, imagesOffered, isRegion, region, sizeOf, sizesOffered } from './lookups';
import { hasTag } from './network';
import { origin, page } from './paging';
import { own, type CloudState, type Droplet } from './state';
import { ensureTags, tagName } from './tags';
import { defaultVpc } from './vpcs';

const USER_DATA_BYTES = 64 * 1024;
/** The provider installs its agent through apt at the first boot, unless the order says no. */
const AGENT_APT_SECONDS = 4;

export const dropletName = z
  .string({ error: "Name can't be blank" })
  .max(253)
  .regex(
    /^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/,
    'Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)',
  );

const absent = (what: string) => z.literal(false, { error: `The embedded cloud has no ${what}.` }).nullish();

const createSchema = z.object({
  name: dropletName,
  region: z.string().nullish(),
  size: z.string(),
  image: z.union([z.string(), z.number()]).transform(String),
  ssh_keys: z.array(z.union([z.string(), z.number()]).transform(String)).nullish(),
  user_data: z
    .string()
    .refine((text) => Buffer.byteLength(text) <= USER_DATA_BYTES, 'User data is too large, the limit is 64 KiB.')
    .nullish(),
  tags: z.array(tagName).nullish(),
  vpc_uuid: z.string().nullish(),
  backups: z.boolean().nullish(),
  monitoring: z.boolean().nullish(),
  with_droplet_agent: z.boolean().nullish(),
  ipv6: absent('IPv6'),
  public_networking: z.literal(true, { error: 'Every droplet of the embedded cloud has a public address.' }).nullish(),
  volumes: z.array(z.unknown()).max(0, 'The embedded cloud has no volumes.').nullish(),
});

/** A droplet in DigitalOcean's shape. It has no private address because the hosts have no private network. */
export function dropletView(droplet: Droplet): object {
  const {
    price_monthly,
    price_hourly,
    transfer,
    memory,
    vcpus,
    disk: sizeDisk,
    regions,
    available,
    description,
  } = sizeOf(droplet.size);
  const { disk } = droplet;
  return {
    id: droplet.id,
    name: droplet.name,
    memory,
    vcpus,
    disk,
    disk_info: [{ type: 'local', size: { amount: disk, unit: 'gib' } }],
    locked: droplet.locked,
    status: droplet.status,
    kernel: null,
    created_at: droplet.createdAt,
    features: droplet.features,
    backup_ids: [],
    next_backup_window: null,
    snapshot_ids: [],
    image: imageOf(droplet.image),
    volume_ids: [],
    size: {
      slug: droplet.size,
      memory,
      vcpus,
      disk: sizeDisk,
      transfer,
      price_monthly,
      price_hourly,
      regions,
      available,
      description,
    },
    size_slug: droplet.size,
    networks: {
      v4: [{ ip_address: droplet.address, netmask: '255.255.255.0', gateway: '198.18.0.1', type: 'public' }],
      v6: [],
    },
    region: region(droplet.region),
    tags: droplet.tags,
    vpc_uuid: droplet.vpc,
  };
}

/** Droplet by the id in a path. */
export function existingDroplet(state: CloudState, id: string): Droplet {
  const droplet = own(state.droplets, id);
  if (!droplet) throw notFound();
  return droplet;
}

function newDroplet(context: Context, body: z.infer<typeof createSchema>): Droplet {
  const { state } = context.store;
  const size = sizeOf(body.size.toLowerCase());
  const slug = (body.region || 'nyc1').toLowerCase();
  if (!isRegion(slug)) throw unprocessable('You specified an invalid region for Droplet creation.');
  if (!sizesOffered(context).some((offered) => offered.slug === size.slug && offered.regions.includes(slug)))
    throw unprocessable('Size is not available in this region.');
  const image = imageOf(body.image);
  if (!image || !imagesOffered(context).includes(image))
    throw unprocessable(
      'You specified an invalid image for Droplet creation: the embedded cloud boots debian-12-x64 only.',
    );
  if (Object.keys(state.droplets).length >= (context.limits?.droplets ?? 25))
    throw unprocessable('creating this/these droplet(s) will exceed your droplet limit');
  const vpc = body.vpc_uuid ? own(state.vpcs, body.vpc_uuid) : defaultVpc(state, slug);
  if (!vpc || vpc.region !== slug) throw unprocessable('vpc_uuid is not a VPC of this region.');
  const features = [
    body.backups && 'backups',
    body.monitoring && 'monitoring',
    body.with_droplet_agent !== false && 'droplet_agent',
  ].filter((name) => typeof name === 'string');
  return {
    id: state.next.droplet,
    name: body.name,
    region: slug,
    size: size.slug,
    disk: size.disk,
    image: image.slug,
    address: allocate(state, 'droplet'),
    tags: [...new Set(body.tags ?? [])],
    features,
    vpc: vpc.id,
    status: 'new',
    locked: true,
    createdAt: timestamp(),
    hung: false,
    partitioned: false,
  };
}

function createDroplet(context: Context, body: z.infer<typeof createSchema>): { droplet: Droplet; started: Started } {
  const { store, network, driver } = context;
  const keys = body.ssh_keys ?? [];
  const wrong = keys.filter((key) => !findKey(store.state, key));
  if (wrong.length > 0) throw unprocessable(`${wrong.join(', ')} are invalid key identifiers for Droplet creation.`);
  const publicKeys = keys.flatMap((key) => findKey(store.state, key)?.publicKey ?? []);
  const droplet = newDroplet(context, body);
  const { memory, disk } = sizeOf(droplet.size);
  const vendorAptSeconds =
    context.vendorAptSeconds ?? (droplet.features.includes('droplet_agent') ? AGENT_APT_SECONDS : 0);
  const bad = context.badCreates.shift();
  const started = startAction(
    context,
    { type: 'create', resourceType: 'droplet', resourceId: droplet.id, region: droplet.region },
    {
      prepare: (state) => {
        state.next.droplet++;
        droplet.tags = ensureTags(state, droplet.tags);
        state.droplets[droplet.id] = droplet;
      },
      work: async () => {
        if (bad === 'errored') throw new Error('asked to end so');
        if (bad === 'stuck') return new Promise<never>(() => undefined);
        // The policy comes first: a host must never be reachable before its firewall is.
        if (!(await network.apply())) throw new Error('its firewall could not be set up');
        await driver.create({
          id: droplet.id,
          name: droplet.name,
          address: droplet.address,
          userData: body.user_data ?? '',
          publicKeys,
          vendorAptSeconds,
          memoryMiB: memory,
          diskGiB: disk,
        });
        await network.apply();
        // Destroyed by a fault while it booted: the host must not stay behind.
        if (store.state.droplets[droplet.id] !== droplet) await driver.destroy(droplet.id);
        if (bad === 'vanishes') setTimeout(() => void destroyDroplet(context, droplet.id), VANISHES_MS);
        return () => {
          Object.assign(droplet, { status: 'active', locked: false });
        };
      },
      failed: () => {
        Object.assign(droplet, { status: 'off', locked: false });
      },
    },
  );
  return { droplet, started };
}

/** Long enough to be seen as active, too short to be reached. */
const VANISHES_MS = 1000;

/** Destroys a droplet from outside. Gone from the API first: nobody may see a host that is being torn down as active. */
export async function destroyDroplet({ store, driver, network }: Context, id: number): Promise<void> {
  store.change((state) => forgetDroplet(state, id));
  await driver.destroy(id);
  await network.apply();
}

/** Forgets a droplet: its reserved IP becomes free, its memberships end. */
export function forgetDroplet(state: CloudState, id: number): void {
  delete state.droplets[id];
  for (const reserved of Object.values(state.reservedIps)) if (reserved.dropletId === id) reserved.dropletId = null;
  for (const firewall of Object.values(state.firewalls))
    firewall.dropletIds = firewall.dropletIds.filter((member) => member !== id);
}

export function dropletRoutes(app: FastifyInstance, context: Context): void {
  const { store, network, driver } = context;

  app.get('/droplets', async (request) => {
    const { tag_name: tag, name } = request.query as { tag_name?: string; name?: string };
    const droplets = Object.values(store.state.droplets)
      .filter((droplet) => tag === undefined || hasTag(droplet.tags, tag))
      .filter((droplet) => name === undefined || droplet.name.toLowerCase() === name.toLowerCase());
    return page(request, 'droplets', droplets.map(dropletView));
  });

  app.post('/droplets', async (request, reply) => {
    const { droplet, started } = createDroplet(context, parseBody(createSchema, request.body));
    const link = { id: started.action.id, rel: 'create', href: `${origin(request)}/v2/actions/${started.action.id}` };
    return reply.code(202).send({ droplet: dropletView(droplet), links: { actions: [link] } });
  });

  app.get<{ Params: { id: string } }>('/droplets/:id', async (request) => ({
    droplet: dropletView(existingDroplet(store.state, request.params.id)),
  }));

  app.delete<{ Params: { id: string } }>('/droplets/:id', async (request, reply) => {
    const droplet = existingDroplet(store.state, request.params.id);
    if (isPending(store.state, 'droplet', droplet.id)) throw pendingEvent();
    const { settled } = startAction(
      context,
      { type: 'destroy', resourceType: 'droplet', resourceId: droplet.id, region: droplet.region },
      {
        work: async () => {
          await driver.destroy(droplet.id);
          return (state) => forgetDroplet(state, droplet.id);
        },
      },
    );
    if ((await settled) !== 'completed') throw statusError(500);
    await network.apply();
    return reply.code(204).send();
  });

  for (const kind of ['snapshots', 'backups'] as const) {
    app.get<{ Params: { id: string } }>(`/droplets/:id/${kind}`, async (request) => {
      existingDroplet(store.state, request.params.id);
      return page(request, kind, []);
    });
  }
}
