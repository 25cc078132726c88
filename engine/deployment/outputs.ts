import { ResourceState } from '../state/types';
import { containsSecret, PropertyMap, secret } from '../values';

/** Marks outputs as secret whose input of that name is, and those that were named as such. */
export function markSecretOutputs(
  outputs: PropertyMap,
  resource: Pick<ResourceState, 'inputs' | 'additionalSecretOutputs'>,
): PropertyMap {
  const marked: PropertyMap = {};
  for (const [key, value] of Object.entries(outputs)) {
    const isSecretOutput =
      resource.additionalSecretOutputs.includes(key) ||
      (containsSecret(resource.inputs[key]) && !containsSecret(value));
    marked[key] = isSecretOutput ? secret(value) : value;
  }
  return marked;
}
