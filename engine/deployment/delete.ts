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

/** What each condemned resource stands on among the condemned. */
function graphOf(condemned: ResourceState[]): Map<ResourceState, ResourceState[]> {
  return new Map(
    condemned.map((resource) => {
      const urns = foundations(resource, condemned);
      return [resource, condemned.filter((other) => other !== resource && urns.has(other.urn))];
    }),
  );
}

/**
 * Sorts deletions into groups: each group only when the ones before it are gone. As in the official engine the groups are
 * counted from the foundations up, so that what stands on nothing goes last even if nothing stands on it.
 */
export function scheduleDeletes(condemned: ResourceState[], graph = graphOf(condemned)): ResourceState[][] {
  const left = new Set(condemned);
  const groups: ResourceState[][] = [];
  while (left.size > 0) {
    let group = [...left].filter((resource) => !graph.get(resource)?.some((other) => left.has(other)));
    // A state in which two resources stand on each other passes no check; still, never loop.
    if (group.length === 0) group = [...left].slice(0, 1);
    for (const resource of group) left.delete(resource);
    groups.push(group);
  }
  return groups.reverse();
}

/** Everything below one resource. */
function below(
  resource: ResourceState,
  graph: Map<ResourceState, ResourceState[]>,
  found = new Set<ResourceState>(),
): Set<ResourceState> {
  for (const other of graph.get(resource) ?? []) {
    if (found.has(other)) continue;
    found.add(other);
    below(other, graph, found);
  }
  return found;
}

function condemnedOf(deployment: Deployment): ResourceState[] {
  const isWanted = (urn: string): boolean => deployment.operations.has(deployment.aliased.get(urn) ?? urn);
  return deployment.snapshot.base.filter(
    (resource) =>
      deployment.snapshot.has(resource) &&
      (resource.delete ? !deployment.eagerlyDeleted.has(resource) : !isWanted(resource.urn)),
  );
}

function stepFor(deployment: Deployment, resource: ResourceState): Step {
  if (resource.delete) return deleteStep(deployment, resource, { op: 'delete-replaced' });
  return resource.pendingReplacement
    ? discardStep(deployment, resource)
    : deleteStep(deployment, resource, { op: 'delete' });
}

/**
 * Deletes what the program does not want any more, and what was replaced. Only to be called after
 * everything else went well.
 */
export async function deletePhase(deployment: Deployment): Promise<void> {
  const condemned = condemnedOf(deployment);
  for (const resource of condemned) deployment.deletes.add(resource.urn);
  const graph = graphOf(condemned);
  // What could not be deleted keeps what it stands on, and nothing else.
  const kept = new Set<ResourceState>();
  for (const group of scheduleDeletes(condemned, graph)) {
    if (deployment.options.cancel.aborted) return;
    const doomed = group.filter((resource) => !kept.has(resource));
    await Promise.all(
      doomed.map((resource) =>
        deployment.stepping
          .run(() => runStep(deployment, stepFor(deployment, resource), true))
          .catch(() => below(resource, graph).forEach((each) => kept.add(each))),
      ),
    );
  }
}
