import { dependenciesOf, ResourceState } from '../state/types';
import { isProviderType, parseReference } from '../urn';
import { PropertyMap, UNKNOWN } from '../values';
import { Deployment } from './deployment';
import { applyReplaceOnChanges, isReplacement } from './diffing';
import { known } from './steps';
import { ProviderResource } from './providerResource';

/** The inputs with every value unknown that hangs on a resource of the set. */
function withUnknowns(resource: ResourceState, condemned: Set<string>): PropertyMap | undefined {
  const hanging = Object.entries(resource.propertyDependencies).filter(
    ([key, urns]) => resource.inputs[key] !== undefined && urns.some((urn) => condemned.has(urn)),
  );
  if (hanging.length === 0) return undefined;
  return { ...resource.inputs, ...Object.fromEntries(hanging.map(([key]): [string, string] => [key, UNKNOWN])) };
}

function mustBeReplaced(deployment: Deployment, resource: ResourceState, condemned: Set<string>): boolean {
  if (!resource.custom || resource.external) return false;
  if (resource.provider && condemned.has(parseReference(resource.provider).urn)) return true;
  if (resource.deletedWith !== undefined && condemned.has(resource.deletedWith)) return true;
  const inputs = withUnknowns(resource, condemned);
  if (inputs === undefined) return false;
  const { registry } = deployment.options;
  const provider = isProviderType(resource.type)
    ? new ProviderResource(resource.type, '', true)
    : registry.forState(resource);
  return isReplacement(applyReplaceOnChanges(provider.diff(known(resource), inputs), resource.replaceOnChanges, false));
}

/**
 * What has to be deleted before a resource can be, because it would be replaced with it: found in
 * the old state, in its order. A plain `dependsOn` never pulls anything along.
 */
export function dependentsToReplace(deployment: Deployment, root: ResourceState): ResourceState[] {
  const { base } = deployment.snapshot;
  const reachable = new Set([root.urn]);
  const condemned = new Set([root.urn]);
  const result: ResourceState[] = [];
  for (const resource of base.slice(base.indexOf(root) + 1)) {
    if (
      deployment.operations.has(resource.urn) ||
      deployment.deletes.has(resource.urn) ||
      !deployment.snapshot.has(resource)
    )
      continue;
    const edges = dependenciesOf(resource);
    if (resource.provider) edges.push(parseReference(resource.provider).urn);
    if (!edges.some((urn) => reachable.has(urn))) continue;
    reachable.add(resource.urn);
    if (!mustBeReplaced(deployment, resource, condemned)) continue;
    condemned.add(resource.urn);
    result.push(resource);
  }
  const along = base.filter(
    (resource) =>
      resource.replaceWith.includes(root.urn) && !result.includes(resource) && deployment.snapshot.has(resource),
  );
  return [...result, ...along];
}
