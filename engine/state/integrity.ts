import { EngineError } from '../errors';
import { isProviderType, parseReference } from '../urn';
import { dependenciesOf, ResourceState } from './types';

/**
 * The checks that the official CLI makes when it opens a state. A state that fails them there is
 * a support case, so it is never written.
 */
export function checkIntegrity(resources: ResourceState[]): void {
  const seen = new Set<string>();
  const live = new Set<string>();
  const providers = new Set<string>();
  for (const resource of resources) {
    const { urn } = resource;
    const refuse = (problem: string): never => {
      throw new EngineError(`The state would be inconsistent, so it was not written: ${urn} ${problem}.`);
    };
    if (urn === '' || resource.type === '') refuse('has no URN or no type');
    if (!resource.custom && resource.id !== undefined && resource.id !== '') refuse('is a component, but has an id');
    if (isProviderType(resource.type)) {
      if ((resource.id ?? '') === '') refuse('is a provider without id');
      providers.add(`${urn}::${resource.id}`);
    }
    if (
      resource.provider !== undefined &&
      resource.provider !== '' &&
      !resource.pendingReplacement &&
      !providers.has(resource.provider)
    ) {
      refuse(`comes before its provider ${parseReference(resource.provider).urn}`);
    }
    if (resource.parent !== undefined && resource.parent !== '' && !seen.has(resource.parent))
      refuse(`comes before its parent ${resource.parent}`);
    for (const dependency of dependenciesOf(resource)) {
      if (!seen.has(dependency)) refuse(`comes before ${dependency}, which it depends on`);
    }
    if (!resource.delete) {
      if (live.has(urn)) refuse('is there twice');
      live.add(urn);
    }
    seen.add(urn);
  }
}
