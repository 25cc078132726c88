import { PartialFailure } from '../errors';
import { timestamp } from '../state/checkpoint';
import { PendingOperation, ResourceState } from '../state/types';
import { PropertyMap } from '../values';
import { Deployment } from './deployment';
import { markSecretOutputs } from './outputs';
import { withoutResources } from './refresh';
import { known } from './steps';

async function findCreated(deployment: Deployment, resource: ResourceState): Promise<ResourceState | undefined> {
  const provider = deployment.options.registry.forState(resource);
  if (provider.adopt === undefined) return undefined;
  const call = { ...deployment.call(resource, 'create'), preview: false };
  const adopted = (id: string, outputs: PropertyMap, initErrors: string[]): ResourceState => {
    const now = timestamp();
    return { ...resource, id, outputs: markSecretOutputs(outputs, resource), initErrors, created: now, modified: now };
  };
  try {
    const found = await provider.adopt(call, resource.inputs);
    return found === undefined ? undefined : adopted(found.id, found.outputs, []);
  } catch (error) {
    if (!(error instanceof PartialFailure)) throw error;
    return adopted(error.id, error.outputs as PropertyMap, [error.message]);
  }
}

/** Puts a found resource into the state, as the interrupted create would have. */
function insert(deployment: Deployment, found: ResourceState): void {
  const { snapshot } = deployment;
  const old = deployment.old(found.urn);
  if (old !== undefined && !old.pendingReplacement) old.delete = true;
  // At the end, after everything it may depend on.
  snapshot.base = [...snapshot.base.filter((resource) => !(resource === old && old.pendingReplacement)), found];
}

async function resolveCreating(deployment: Deployment, { resource }: PendingOperation): Promise<void> {
  const found = await findCreated(deployment, resource);
  if (found === undefined) {
    deployment.reporter.diagnostic(
      'info',
      'An earlier run was interrupted while it made this resource; nothing of it was found, so it is made again.',
      resource.urn,
    );
    return;
  }
  insert(deployment, found);
  deployment.reporter.diagnostic(
    'info',
    `An earlier run was interrupted while it made this resource; it was found (${String(found.id)}) and taken over.`,
    resource.urn,
  );
}

async function resolveDeleting(deployment: Deployment, { resource }: PendingOperation): Promise<void> {
  const { snapshot, options } = deployment;
  const old = snapshot.base.find(
    (each) => each.urn === resource.urn && each.id === resource.id && !each.pendingReplacement,
  );
  if (
    old === undefined ||
    (await options.registry.forState(old).read(deployment.call(old, 'read'), known(old))) !== undefined
  )
    return;
  snapshot.base = withoutResources(snapshot.base, new Set([old]));
  deployment.reporter.diagnostic(
    'info',
    'An earlier run was interrupted while it deleted this resource; it is gone.',
    resource.urn,
  );
}

/** Settles what an interrupted run left open, before anything else is decided. */
export async function resolvePending(deployment: Deployment): Promise<void> {
  const { unresolved } = deployment.snapshot;
  if (unresolved.length === 0) return;
  for (const operation of unresolved) {
    if (operation.type === 'creating') await resolveCreating(deployment, operation);
    else if (operation.type === 'deleting') await resolveDeleting(deployment, operation);
  }
  deployment.snapshot.resolve();
  deployment.snapshot.write();
}
