import { EngineError } from '../errors';
import { ResourceState } from '../state/types';
import { makeUrn, parseReference, parseUrn, STACK_TYPE } from '../urn';
import { Deployment } from './deployment';
import { Alias, Goal } from './goal';

function collapse(deployment: Deployment, goal: Pick<Goal, 'name' | 'type' | 'parent'>, alias: Alias): string {
  if (alias.urn !== undefined && alias.urn !== '') return alias.urn;
  let parent = goal.parent;
  if (alias.parent !== undefined && alias.parent !== '')
    parent = deployment.formerUrns.get(alias.parent) ?? alias.parent;
  if (alias.noParent || (parent !== '' && parseUrn(parent).type === STACK_TYPE)) parent = '';
  const { project, stack } = deployment.options;
  return makeUrn(
    alias.stack || stack,
    alias.project || project,
    parent,
    alias.type || goal.type,
    alias.name || goal.name,
  );
}

/** A child of a renamed parent was renamed with it, also where its own name begins with the parent's. */
function inherited(
  deployment: Deployment,
  child: { type: string; name: string },
  parent: string,
  formerParent: string,
): string {
  const [now, before] = [parseUrn(parent).name, parseUrn(formerParent).name];
  const name = child.name.startsWith(now) ? before + child.name.slice(now.length) : child.name;
  const { project, stack } = deployment.options;
  return makeUrn(stack, project, formerParent, child.type, name);
}

function candidates(deployment: Deployment, goal: Goal): string[] {
  const own = goal.aliases.map((alias) => collapse(deployment, goal, alias));
  const formerParent = deployment.formerUrns.get(goal.parent);
  if (formerParent === undefined) return own;
  const children = [goal, ...own.map(parseUrn)];
  return [...own, ...children.map((child) => inherited(deployment, child, goal.parent, formerParent))];
}

/** The old state of a resource, by its URN or by one it had before. */
export function findOld(deployment: Deployment, urn: string, goal: Goal): ResourceState | undefined {
  const same = deployment.old(urn);
  if (same !== undefined) return same;
  for (const alias of candidates(deployment, goal)) {
    const old = alias === urn ? undefined : deployment.old(alias);
    if (old === undefined) continue;
    if (deployment.news.has(alias) || deployment.aliased.has(alias))
      throw new EngineError(`Two resources claim to be ${alias}: an alias may be used once.`);
    deployment.aliased.set(alias, urn);
    deployment.formerUrns.set(urn, alias);
    return old;
  }
  return undefined;
}

/** Makes what still refers to a former URN refer to the present one. */
export function renameReferences(resources: ResourceState[], from: string, to: string): void {
  const rename = (urn: string): string => (urn === from ? to : urn);
  for (const resource of resources) {
    if (resource.parent === from) resource.parent = to;
    if (resource.deletedWith === from) resource.deletedWith = to;
    resource.dependencies = resource.dependencies.map(rename);
    resource.replaceWith = resource.replaceWith.map(rename);
    for (const [key, urns] of Object.entries(resource.propertyDependencies))
      resource.propertyDependencies[key] = urns.map(rename);
    if (resource.provider) {
      const { urn, id } = parseReference(resource.provider);
      if (urn === from) resource.provider = `${to}::${id}`;
    }
  }
}
