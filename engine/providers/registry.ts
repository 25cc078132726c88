import { EngineError } from '../errors';
import { packageOf, parseReference } from '../urn';
import { PropertyMap, unwrapAll } from '../values';
import { ResourceState } from '../state/types';
import { cloudflare } from './cloudflare';
import { command } from './command';
import { digitalocean } from './digitalocean';
import { Environment, Package, PackageFactory, ResourceProvider } from './types';

const FACTORIES: Record<string, PackageFactory> = { cloudflare, command, digitalocean };

/** The plugin of a package. */
export function factoryOf(name: string): PackageFactory {
  const factory = FACTORIES[name];
  if (factory === undefined)
    throw new EngineError(
      `The embedded engine has no provider for the package '${name}'; it has ${Object.keys(FACTORIES).join(', ')}.`,
    );
  return factory;
}

/** The providers of a run, by `urn::id`. */
export class ProviderRegistry {
  private readonly loaded = new Map<string, Package>();

  constructor(
    readonly environment: Environment,
    private readonly olds: () => ResourceState[],
  ) {}

  /** Makes a provider ready under its reference. */
  load(reference: string, type: string, inputs: PropertyMap): Package {
    const configured = factoryOf(packageOf(type)).configure(unwrapAll(inputs), this.environment);
    this.loaded.set(reference, configured);
    return configured;
  }

  /** The provider behind a reference: of this run, or as the state remembers it. */
  get(reference: string): Package {
    const loaded = this.loaded.get(reference);
    if (loaded !== undefined) return loaded;
    const { urn, id } = parseReference(reference);
    const old = this.olds().find((resource) => resource.urn === urn && resource.id === id);
    if (old === undefined) throw new EngineError(`The provider ${urn} is not in the state.`);
    return this.load(reference, old.type, old.inputs);
  }

  /** The provider of a resource that is in the state. */
  forState(resource: ResourceState): ResourceProvider {
    const reference = resource.provider ?? '';
    const configured = reference === '' ? this.fallback(packageOf(resource.type)) : this.get(reference);
    return this.resource(configured, resource.type);
  }

  /** The implementation of a type by a configured package. */
  resource(configured: Package, type: string): ResourceProvider {
    const provider = configured.resource(type);
    if (provider === undefined)
      throw new EngineError(`The embedded engine does not implement the resource type ${type}.`);
    return provider;
  }

  private fallback(name: string): Package {
    const reference = `default:${name}`;
    return this.loaded.get(reference) ?? this.load(reference, `pulumi:providers:${name}`, {});
  }
}
