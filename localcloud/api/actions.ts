import type { FastifyInstance } from 'fastify';
import { timestamp, type Context } from './context';
import { notFound } from './errors';
import { region } from './lookups';
import { page } from './paging';
import { own, type Action, type CloudState } from './state';

/** An action in DigitalOcean's shape. */
export function actionView(action: Action): object {
  return {
    id: action.id,
    status: action.status,
    type: action.type,
    started_at: action.startedAt,
    completed_at: action.completedAt,
    resource_id: action.resourceId,
    resource_type: action.resourceType,
    region: region(action.region),
    region_slug: action.region,
  };
}

/** Actions of a thing (or all), newest first. */
export function actionsOf(state: CloudState, type?: Action['resourceType'], id?: number): Action[] {
  return Object.values(state.actions)
    .filter((action) => type === undefined || (action.resourceType === type && action.resourceId === id))
    .sort((a, b) => b.id - a.id);
}

export const isPending = (state: CloudState, type: Action['resourceType'], id: number) =>
  actionsOf(state, type, id).some((action) => action.status === 'in-progress');

export interface Started {
  action: Action;
  /** Resolves with the final status; never rejects. */
  settled: Promise<Action['status']>;
}

/**
 * Records an action and does its work in the background. `prepare` changes the state together with the new action;
 * the function that `work` resolves to changes it together with the completion, so that no reader sees half of it.
 * `failed` undoes what `prepare` did.
 */
export function startAction(
  context: Context,
  subject: { type: string; resourceType: Action['resourceType']; resourceId: number; region: string },
  parts: {
    prepare?: (state: CloudState) => void;
    work: () => Promise<(state: CloudState) => void>;
    failed?: (state: CloudState) => void;
  },
): Started {
  const { store, log } = context;
  const action = store.change((state): Action => {
    parts.prepare?.(state);
    const id = state.next.action++;
    return (state.actions[id] = { id, ...subject, status: 'in-progress', startedAt: timestamp(), completedAt: null });
  });
  const end = (status: Action['status'], effect?: (state: CloudState) => void) =>
    store.change((state) => {
      effect?.(state);
      Object.assign(action, { status, completedAt: timestamp() });
      return status;
    });
  const settled = parts.work().then(
    (effect) => end('completed', effect),
    (error: Error) => {
      log.error(
        { action: subject.type, resource: subject.resourceId, reason: error.message },
        'an action of the embedded cloud failed',
      );
      return end('errored', parts.failed);
    },
  );
  return { action, settled };
}

/** After a restart nothing works on the actions that were open: the callers that wait for them must learn it. */
export function closeOpenActions(state: CloudState): void {
  for (const action of Object.values(state.actions)) {
    if (action.status !== 'in-progress') continue;
    // A host that runs has been created; an address is routed as the state says when the server is ready.
    const done =
      action.resourceType === 'reserved_ip' ||
      (action.type === 'create' && state.droplets[action.resourceId]?.status === 'active');
    Object.assign(action, { status: done ? 'completed' : 'errored', completedAt: timestamp() });
  }
}

export function actionRoutes(app: FastifyInstance, { store }: Context): void {
  app.get('/actions', async (request) => page(request, 'actions', actionsOf(store.state).map(actionView)));
  app.get<{ Params: { id: string } }>('/actions/:id', async (request) => {
    const action = own(store.state.actions, request.params.id);
    if (!action) throw notFound();
    return { action: actionView(action) };
  });
}
