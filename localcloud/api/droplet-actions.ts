import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { actionsOf, actionView, isPending, startAction } from './actions';
import type { Context } from './context';
import { notFound, parseBody, pendingEvent, unprocessable } from './errors';
import { dropletName, existingDroplet } from './droplets';
import { imageOf, sizeOf } from './lookups';
import { page } from './paging';
import { own, type Droplet } from './state';

const schema = z.discriminatedUnion(
  'type',
  [
    z.object({
      type: z.enum([
        'power_off',
        'shutdown',
        'power_on',
        'power_cycle',
        'reboot',
        'enable_backups',
        'disable_backups',
        'change_backup_policy',
      ]),
    }),
    z.object({ type: z.literal('rename'), name: dropletName }),
    z.object({ type: z.literal('resize'), size: z.string(), disk: z.boolean().default(false) }),
    z.object({ type: z.literal('rebuild'), image: z.union([z.string(), z.number()]).transform(String) }),
  ],
  { error: 'The embedded cloud does not know this type of droplet action.' },
);

type Request = z.infer<typeof schema>;
type Effect = () => void;

/** Why the action cannot start now, or nothing. */
function obstacle(droplet: Droplet, request: Request): string | undefined {
  const { type } = request;
  if (type === 'power_on' && droplet.status === 'active') return 'Droplet is already powered on.';
  if (['power_off', 'shutdown', 'power_cycle', 'reboot'].includes(type) && droplet.status !== 'active')
    return 'Droplet is already powered off.';
  if (type === 'rebuild' && !imageOf(request.image)) return 'You specified an invalid image for Droplet creation.';
  if (type === 'resize') return resizeObstacle(droplet, request.size);
  return undefined;
}

function resizeObstacle(droplet: Droplet, slug: string): string | undefined {
  if (sizeOf(slug).disk < droplet.disk) return 'This size is not available because it has a smaller disk.';
  return droplet.status === 'active' ? 'Droplet must be powered off to resize.' : undefined;
}

/** Does the work; what it returns changes the droplet as it is shown. Backups are noted only: nothing copies the disk. */
async function perform({ driver }: Context, droplet: Droplet, request: Request): Promise<Effect> {
  // A host that was stopped hangs no longer.
  const status = (value: Droplet['status']) => () => {
    Object.assign(droplet, { status: value, hung: false });
  };
  const without = droplet.features.filter((feature) => feature !== 'backups');
  switch (request.type) {
    case 'power_off':
    case 'shutdown':
      await driver.powerOff(droplet.id);
      return status('off');
    case 'power_on':
      await driver.powerOn(droplet.id);
      return status('active');
    case 'power_cycle':
    case 'reboot':
      await driver.powerOff(droplet.id);
      await driver.powerOn(droplet.id);
      return status('active');
    case 'resize':
      // Without the disk the way back stays open. The host's own file system is not grown.
      return () => {
        Object.assign(droplet, { size: request.size, disk: request.disk ? sizeOf(request.size).disk : droplet.disk });
      };
    case 'rebuild':
      await driver.rebuild(droplet.id);
      return status('active');
    case 'rename':
      return () => {
        droplet.name = request.name;
      };
    case 'enable_backups':
      return () => {
        droplet.features = [...without, 'backups'];
      };
    case 'disable_backups':
      return () => {
        droplet.features = without;
      };
    case 'change_backup_policy':
      return () => undefined;
  }
}

export function dropletActionRoutes(app: FastifyInstance, context: Context): void {
  const { store, network } = context;

  app.get<{ Params: { id: string } }>('/droplets/:id/actions', async (request) => {
    const { id } = existingDroplet(store.state, request.params.id);
    return page(request, 'actions', actionsOf(store.state, 'droplet', id).map(actionView));
  });

  app.get<{ Params: { id: string; action: string } }>('/droplets/:id/actions/:action', async (request) => {
    const { id } = existingDroplet(store.state, request.params.id);
    const action = own(store.state.actions, request.params.action);
    if (action?.resourceType !== 'droplet' || action.resourceId !== id) throw notFound();
    return { action: actionView(action) };
  });

  app.post<{ Params: { id: string } }>('/droplets/:id/actions', async (request, reply) => {
    const droplet = existingDroplet(store.state, request.params.id);
    const body = parseBody(schema, request.body);
    if (isPending(store.state, 'droplet', droplet.id)) throw pendingEvent();
    const reason = obstacle(droplet, body);
    if (reason) throw unprocessable(reason);
    const { action } = startAction(
      context,
      { type: body.type, resourceType: 'droplet', resourceId: droplet.id, region: droplet.region },
      {
        work: async () => {
          const effect = await perform(context, droplet, body);
          // A host that starts again has a new interface, which the policy must cover.
          await network.apply();
          return effect;
        },
      },
    );
    return reply.code(201).send({ action: actionView(action) });
  });
}
