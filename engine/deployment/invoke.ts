import { EngineError } from '../errors';
import { packageOf, parseReference } from '../urn';
import { containsUnknown, PropertyMap, unwrapAll } from '../values';
import { Deployment } from './deployment';
import { defaultProvider } from './register';

function getResource(deployment: Deployment, args: PropertyMap): PropertyMap {
  const urn = String(args.urn);
  const state = deployment.news.get(urn) ?? deployment.old(urn);
  if (state === undefined) throw new EngineError(`The program asks for ${urn}, which is not in the state.`);
  return { urn, id: state.id ?? '', state: state.outputs };
}

/** Runs a data source for the program. */
export async function invoke(
  deployment: Deployment,
  token: string,
  args: PropertyMap,
  options: { provider: string; version: string },
): Promise<PropertyMap> {
  if (token === 'pulumi:pulumi:getResource') return getResource(deployment, args);
  if (containsUnknown(args)) throw new EngineError(`The call ${token} has an argument that is not known yet.`);
  const reference =
    options.provider ||
    (await deployment.planning.run(() => defaultProvider(deployment, packageOf(token), options.version)));
  const provider = deployment.options.registry.get(reference);
  if (provider.invoke === undefined) throw new EngineError(`The embedded engine does not implement the call ${token}.`);
  const { urn } = parseReference(reference);
  const call = deployment.call({ urn, type: '', customTimeouts: {} });
  return provider.invoke(call, token, unwrapAll(args));
}
