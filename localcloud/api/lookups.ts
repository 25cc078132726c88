import type { FastifyInstance } from 'fastify';
import type { Context } from './context';
import { ApiError, notFound, unprocessable } from './errors';
import { page } from './paging';

/** Slug, memory in MiB, processors, disk in GiB, price a month. */
const SIZE_TABLE: [string, number, number, number, number][] = [
  ['s-1vcpu-512mb-10gb', 512, 1, 10, 4],
  ['s-1vcpu-1gb', 1024, 1, 25, 6],
  ['s-1vcpu-2gb', 2048, 1, 50, 12],
  ['s-2vcpu-2gb', 2048, 2, 60, 18],
  ['s-2vcpu-4gb', 4096, 2, 80, 24],
  ['s-4vcpu-8gb', 8192, 4, 160, 48],
  ['s-8vcpu-16gb', 16384, 8, 320, 96],
];
const REGION_SLUGS = [
  'ams3',
  'atl1',
  'blr1',
  'fra1',
  'lon1',
  'nyc1',
  'nyc2',
  'nyc3',
  'sfo2',
  'sfo3',
  'sgp1',
  'syd1',
  'tor1',
];

export const SIZES = SIZE_TABLE.map(([slug, memory, vcpus, disk, price]) => ({
  slug,
  memory,
  vcpus,
  disk,
  transfer: vcpus,
  price_monthly: price,
  price_hourly: Number((price / 672).toFixed(5)),
  regions: REGION_SLUGS,
  available: true,
  description: 'Basic',
}));

/** The only image: hosts really boot, and Debian 12 is what the embedded cloud can boot. */
export const IMAGES = [
  {
    id: 12,
    name: '12 x64',
    distribution: 'Debian',
    slug: 'debian-12-x64',
    public: true,
    regions: REGION_SLUGS,
    created_at: '2024-01-01T00:00:00Z',
    min_disk_size: 7,
    type: 'base',
    size_gigabytes: 0.5,
    description: 'Debian 12 x64',
    tags: [],
    status: 'available',
    error_message: '',
  },
];

export function region(slug: string) {
  return {
    slug,
    name: slug,
    sizes: SIZES.map((size) => size.slug),
    available: REGION_SLUGS.includes(slug),
    features: ['metadata'],
  };
}

export const isRegion = (slug: string) => REGION_SLUGS.includes(slug);

/** A size by its slug; another slug is refused. */
export function sizeOf(slug: string) {
  const found = SIZES.find((size) => size.slug === slug);
  if (!found) throw unprocessable('You specified an invalid size for Droplet creation.');
  return found;
}

export const imageOf = (key: string) => IMAGES.find((image) => image.slug === key || String(image.id) === key);

/** Something that cannot be ordered any more; of sizes in one region only, where that is named. */
export interface Withdrawal {
  image?: string;
  size?: string;
  region?: string;
}

const isWithdrawn = (withdrawn: readonly Withdrawal[], image: string) => withdrawn.some((one) => one.image === image);

/** What may be ordered now. Droplets that were made of something older live on. */
export const imagesOffered = ({ withdrawn }: Pick<Context, 'withdrawn'>) =>
  IMAGES.filter(({ slug }) => !isWithdrawn(withdrawn, slug));
export function sizesOffered({ withdrawn }: Pick<Context, 'withdrawn'>) {
  return SIZES.map((size) => {
    const regions = size.regions.filter(
      (region) => !withdrawn.some((one) => one.size === size.slug && (one.region ?? region) === region),
    );
    return { ...size, regions, available: regions.length > 0 };
  });
}

const OWNER = '11111111-1111-4111-8111-111111111111';
const PROJECT = {
  id: '22222222-2222-4222-8222-222222222222',
  owner_uuid: OWNER,
  owner_id: 1,
  name: 'embedded cloud',
  description: '',
  purpose: 'Web Application',
  environment: 'Development',
  is_default: true,
  created_at: '2024-01-01T00:00:00Z',
  updated_at: '2024-01-01T00:00:00Z',
};

/** Things that can only be looked up: account, regions, sizes, images and the default project. */
export function lookupRoutes(app: FastifyInstance, context: Context): void {
  app.get('/account', async () => ({
    account: {
      droplet_limit: context.limits?.droplets ?? 25,
      floating_ip_limit: 3,
      reserved_ip_limit: 3,
      volume_limit: 0,
      email: 'embedded-cloud@drill.test',
      name: 'embedded cloud',
      uuid: OWNER,
      email_verified: true,
      status: 'active',
      status_message: '',
      team: { uuid: OWNER, name: 'embedded cloud' },
    },
  }));
  app.get('/regions', async (request) => page(request, 'regions', REGION_SLUGS.map(region)));
  app.get('/sizes', async (request) => page(request, 'sizes', sizesOffered(context)));

  app.get('/images', async (request) => {
    const { type, private: own } = request.query as { type?: string; private?: string };
    const none = own === 'true' || type === 'application';
    return page(request, 'images', none ? [] : imagesOffered(context));
  });
  app.get<{ Params: { key: string } }>('/images/:key', async (request) => {
    const image = imageOf(request.params.key);
    if (!image || !imagesOffered(context).includes(image)) throw notFound();
    return { image };
  });

  app.get('/projects', async (request) => page(request, 'projects', [PROJECT]));
  app.get<{ Params: { id: string } }>('/projects/:id', async (request) => ({ project: project(request.params.id) }));
  app.get<{ Params: { id: string } }>('/projects/:id/resources', async (request) => {
    project(request.params.id);
    return page(request, 'resources', projectResources(context));
  });
  app.delete<{ Params: { id: string } }>('/projects/:id', async (request) => {
    project(request.params.id);
    throw new ApiError(412, 'precondition_failed', 'cannot delete the default project');
  });
}

function project(id: string): typeof PROJECT {
  if (id !== 'default' && id !== PROJECT.id) throw notFound();
  return PROJECT;
}

function projectResources({ store: { state } }: Context): object[] {
  const urns = [
    ...Object.keys(state.droplets).map((id) => `do:droplet:${id}`),
    ...Object.keys(state.reservedIps).map((address) => `do:reservedip:${address}`),
  ];
  return urns.map((urn) => ({ urn, assigned_at: PROJECT.created_at, status: 'ok', links: { self: '' } }));
}
