import { messageOf } from '../errors';
import { timestamp } from '../state/checkpoint';
import { ResourceState } from '../state/types';
import { isProviderType } from '../urn';
import { Deployment } from './deployment';
import { markSecretOutputs } from './outputs';
import { known } from './steps';

type Outcome = { resource: ResourceState; result: 'same' | 'update' | 'delete'; now?: ResourceState };

/** Takes resources out of a state, and every mention of them. */
export function withoutResources(resources: ResourceState[], gone: Set<ResourceState>): ResourceState[] {
  const rest = resources.filter((resource) => !gone.has(resource));
  const live = new Set(rest.map((resource) => resource.urn));
  const parents = new Map([...gone].map((resource) => [resource.urn, resource.parent]));
  const isLost = (urn: string): boolean => parents.has(urn) && !live.has(urn);
  return rest.map((resource) => {
    let { parent } = resource;
    while (parent !== undefined && isLost(parent)) parent = parents.get(parent);
    const properties = Object.entries(resource.propertyDependencies)
      .map(([key, urns]): [string, string[], number] => [key, urns.filter((urn) => !isLost(urn)), urns.length])
      .filter(([, left, before]) => left.length > 0 || before === 0)
      .map(([key, left]) => [key, left] as const);
    return {
      ...resource,
      parent,
      dependencies: resource.dependencies.filter((urn) => !isLost(urn)),
      propertyDependencies: Object.fromEntries(properties),
      replaceWith: resource.replaceWith.filter((urn) => !isLost(urn)),
      deletedWith:
        resource.deletedWith !== undefined && isLost(resource.deletedWith) ? undefined : resource.deletedWith,
    };
  });
}

async function look(deployment: Deployment, resource: ResourceState): Promise<Outcome> {
  if (!resource.custom || isProviderType(resource.type) || resource.pendingReplacement)
    return { resource, result: 'same' };
  const provider = deployment.options.registry.forState(resource);
  const found = await provider.read(deployment.call(resource, 'read'), known(resource));
  if (found === undefined) return { resource, result: 'delete' };
  const outputs = markSecretOutputs(found.outputs, {
    inputs: found.inputs,
    additionalSecretOutputs: resource.additionalSecretOutputs,
  });
  const now: ResourceState = { ...resource, inputs: found.inputs, outputs };
  if (JSON.stringify([now.inputs, now.outputs]) === JSON.stringify([resource.inputs, resource.outputs]))
    return { resource, result: 'same' };
  now.modified = timestamp();
  // What counts as drift is what the old inputs would change about the resource as it is now.
  const drifted = provider.diff({ id: resource.id ?? '', inputs: found.inputs, outputs }, resource.inputs).changed;
  return { resource, result: drifted ? 'update' : 'same', now };
}

/**
 * Reads every resource and takes over what is found; what is gone is dropped. One failed read
 * leaves the state as it was. Steps are named `refresh` where the refresh is part of another verb.
 */
export async function refreshState(deployment: Deployment, ownVerb: boolean): Promise<boolean> {
  const outcomes = await Promise.all(
    deployment.snapshot.base.map((resource) =>
      deployment.stepping.run(async () => {
        if (deployment.options.cancel.aborted) return undefined;
        deployment.reporter.start('refresh', resource.urn);
        try {
          const outcome = await look(deployment, resource);
          deployment.reporter.refreshed(resource.urn, outcome.result, ownVerb);
          return outcome;
        } catch (error) {
          deployment.reporter.stepFailed('refresh', resource.urn, messageOf(error));
          deployment.reporter.error(messageOf(error), resource.urn);
          return undefined;
        }
      }),
    ),
  );
  if (outcomes.includes(undefined)) {
    deployment.halt();
    return false;
  }
  const results = outcomes as Outcome[];
  const gone = new Set(results.filter((outcome) => outcome.result === 'delete').map((outcome) => outcome.resource));
  const now = results.map((outcome) =>
    gone.has(outcome.resource) ? outcome.resource : (outcome.now ?? outcome.resource),
  );
  deployment.snapshot.base = withoutResources(now, gone);
  if (gone.size > 0 || results.some((outcome) => outcome.now !== undefined)) deployment.snapshot.write();
  return true;
}
