import { dependenciesOf, ResourceState } from '../state/types';
import { parseReference } from '../urn';
import { Deployment } from './deployment';
import { deleteStep, discardStep, runStep, Step } from './steps';

/** Everything below a component; who depends on it depends on these. */
function descendants(resources: ResourceState[], urn: string): string[] {
  const children = resources.filter((resource) => resource.parent === urn).map((resource) => resource.urn);
  return [...children, ...children.flatMap((child) => descendants(resources, child))];
}

/** The URNs that a resource stands on: they can only go after it. */
function foundations(resource: ResourceState, all: ResourceState[]): Set<string> {
  const direct = dependenciesOf(resource);
  const urns = new Set([...direct, ...direct.flatMap((urn) => descendants(all, urn))]);
  if (resource.provider) urns.add(parseReference(resource.provider).urn);
  if (resource.parent !== undefined) urns.add(resource.parent);
  urns.delete(resource.urn);
  return urns;
}

/** Sorts deletions into groups: each group only when the ones before it are gone. */
export function scheduleDeletes(condemned: ResourceState[]): ResourceState[][] {
  const standsOn = new Map(condemned.map((resource) => [resource, foundations(resource, condemned)]));
  const left = new Set(condemned);
  const groups: ResourceState[][] = [];
  while (left.size > 0) {
    let group = [...left].filter((resource) => ![...left].some((other) => other !== resource && standsOn.get(other)!.has(resource.urn)));
    // A state in which two resources stand on each other passes no check; still, never loop.
    if (group.length === 0) group = [[...left].at(-1)!];
    for (const resource of group) left.delete(resource);
    groups.push(group);
  }
  return groups;
}

function condemnedOf(deployment: Deployment): ResourceState[] {
  const isWanted = (urn: string): boolean => deployment.operations.has(deployment.aliased.get(urn) ?? urn);
  return deployment.snapshot.base.filter((resource) => deployment.snapshot.has(resource)
    && (resource.delete ? !deployment.eagerlyDeleted.has(resource) : !isWanted(resource.urn)));
}

function stepFor(deployment: Deployment, resource: ResourceState): Step {
  if (resource.delete) return deleteStep(deployment, resource, { op: 'delete-replaced' });
  return resource.pendingReplacement ? discardStep(deployment, resource) : deleteStep(deployment, resource, { op: 'delete' });
}

/**
 * Deletes what the program does not want any more, and what was replaced. Only to be called after
 * everything else went well.
 */
export async function deletePhase(deployment: Deployment): Promise<void> {
  const condemned = condemnedOf(deployment);
  for (const resource of condemned) deployment.deletes.add(resource.urn);
  for (const group of scheduleDeletes(condemned)) {
    if (deployment.halted) return;
    // One resource that cannot be deleted does not keep the others of its group from it.
    const outcomes = await Promise.allSettled(group.map((resource) => deployment.stepping.run(() => runStep(deployment, stepFor(deployment, resource), true))));
    if (outcomes.some((outcome) => outcome.status === 'rejected')) return;
  }
}
