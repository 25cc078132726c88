import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { timestamp, type Context } from './context';
import { ApiError, notFound, parseBody, unprocessable } from './errors';
import { isRegion } from './lookups';
import { page } from './paging';
import { own, type CloudState, type Vpc } from './state';

const name = z
  .string()
  .regex(/^[a-zA-Z0-9.-]+$/, 'Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)');
const createSchema = z.object({
  name,
  region: z.string(),
  description: z.string().max(255).default(''),
  ip_range: z.string().optional(),
});
const updateSchema = z.object({ name, description: z.string().max(255).default('') });

function newVpc(
  state: CloudState,
  fields: Pick<Vpc, 'name' | 'region' | 'description' | 'default'>,
  ipRange?: string,
): Vpc {
  const id = randomUUID();
  const range = ipRange ?? `10.${100 + Object.keys(state.vpcs).length}.0.0/20`;
  return (state.vpcs[id] = { id, ...fields, ipRange: range, createdAt: timestamp() });
}

/** The default VPC of a region, made when the first droplet needs it. The hosts have no private network behind it. */
export function defaultVpc(state: CloudState, region: string): Vpc {
  return (
    Object.values(state.vpcs).find((vpc) => vpc.default && vpc.region === region) ??
    newVpc(state, { name: `default-${region}`, region, description: '', default: true })
  );
}

function vpcView(vpc: Vpc): object {
  return {
    id: vpc.id,
    urn: `do:vpc:${vpc.id}`,
    name: vpc.name,
    description: vpc.description,
    region: vpc.region,
    ip_range: vpc.ipRange,
    created_at: vpc.createdAt,
    default: vpc.default,
  };
}

/** VPCs are stored only: every droplet talks over its public address. */
export function vpcRoutes(app: FastifyInstance, { store }: Context): void {
  const existing = (id: string): Vpc => {
    const vpc = own(store.state.vpcs, id);
    if (!vpc) throw notFound();
    return vpc;
  };

  app.get('/vpcs', async (request) => page(request, 'vpcs', Object.values(store.state.vpcs).map(vpcView)));

  app.post('/vpcs', async (request, reply) => {
    const { ip_range: ipRange, ...fields } = parseBody(createSchema, request.body);
    if (!isRegion(fields.region)) throw unprocessable('region is invalid');
    if (Object.values(store.state.vpcs).some((vpc) => vpc.name === fields.name))
      throw unprocessable('name has already been taken');
    const vpc = store.change((state) => newVpc(state, { ...fields, default: false }, ipRange));
    return reply.code(201).send({ vpc: vpcView(vpc) });
  });

  app.get<{ Params: { id: string } }>('/vpcs/:id', async (request) => ({ vpc: vpcView(existing(request.params.id)) }));

  app.put<{ Params: { id: string } }>('/vpcs/:id', async (request) => {
    const vpc = existing(request.params.id);
    const fields = parseBody(updateSchema, request.body);
    store.change(() => Object.assign(vpc, fields));
    return { vpc: vpcView(vpc) };
  });

  app.delete<{ Params: { id: string } }>('/vpcs/:id', async (request, reply) => {
    const vpc = existing(request.params.id);
    if (vpc.default) throw new ApiError(403, 'forbidden', 'Can not delete default VPCs');
    if (Object.values(store.state.droplets).some((droplet) => droplet.vpc === vpc.id))
      throw new ApiError(409, 'conflict', 'Can not delete VPC with members');
    store.change((state) => {
      delete state.vpcs[vpc.id];
    });
    return reply.code(204).send();
  });
}
