import { RegisterResourceRequest } from '@pulumi/pulumi/proto/resource_pb';
import { EngineError } from '../errors';
import { parsePath } from '../paths';
import { HookType, ResourceState, Timeouts } from '../state/types';
import { PropertyMap, Value } from '../values';
import { fromStruct, fromValue } from '../wire';

/** A former identity of a resource: a URN, or what differs from the present one. */
export interface Alias {
  urn?: string;
  name?: string;
  type?: string;
  stack?: string;
  project?: string;
  parent?: string;
  noParent?: boolean;
}

/** What the program wants a resource to be. */
export interface Goal {
  type: string;
  name: string;
  parent: string;
  custom: boolean;
  inputs: PropertyMap;
  protect?: boolean;
  retainOnDelete?: boolean;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  provider: string;
  providers: Record<string, string>;
  version: string;
  deleteBeforeReplace?: boolean;
  ignoreChanges: string[];
  replaceOnChanges: string[];
  additionalSecretOutputs: string[];
  hideDiff: string[];
  aliases: Alias[];
  customTimeouts: Timeouts;
  deletedWith: string;
  replaceWith: string[];
  replacementTrigger?: Value;
  hooks: ResourceState['resourceHooks'];
}

const UNITS: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 };

/** Seconds of a Go duration such as `1h30m`. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([a-zµ]+)/g)];
  const seconds = parts.reduce((sum, [, number, unit = '']) => sum + Number(number) * (UNITS[unit] ?? NaN), 0);
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text || Number.isNaN(seconds))
    throw new EngineError(`'${text}' is not a duration such as 5m or 1h30m.`);
  return seconds;
}

function timeouts(request: RegisterResourceRequest): Timeouts {
  const given = request.getCustomtimeouts();
  const result: Timeouts = {};
  if (given === undefined) return result;
  const set = (key: keyof Timeouts, text: string): void => {
    if (text !== '') result[key] = parseDuration(text);
  };
  set('create', given.getCreate());
  set('update', given.getUpdate());
  set('delete', given.getDelete());
  set('read', given.getRead());
  return result;
}

function aliases(request: RegisterResourceRequest): Alias[] {
  const urns: Alias[] = request.getAliasurnsList().map((urn) => ({ urn }));
  return urns.concat(
    request.getAliasesList().map((alias): Alias => {
      const spec = alias.getSpec();
      if (spec === undefined) return { urn: alias.getUrn() };
      return {
        name: spec.getName(),
        type: spec.getType(),
        stack: spec.getStack(),
        project: spec.getProject(),
        parent: spec.getParenturn(),
        noParent: spec.getNoparent(),
      };
    }),
  );
}

function hooks(request: RegisterResourceRequest): Goal['hooks'] {
  const bound = request.getHooks();
  if (bound === undefined) return {};
  const all: [HookType, string[]][] = [
    ['BeforeCreate', bound.getBeforeCreateList()],
    ['AfterCreate', bound.getAfterCreateList()],
    ['BeforeUpdate', bound.getBeforeUpdateList()],
    ['AfterUpdate', bound.getAfterUpdateList()],
    ['BeforeDelete', bound.getBeforeDeleteList()],
    ['AfterDelete', bound.getAfterDeleteList()],
  ];
  return Object.fromEntries(all.filter(([, names]) => names.length > 0));
}

/** Names the first option of a request that this engine does not implement. */
function unsupported(request: RegisterResourceRequest): string | undefined {
  const used: [boolean, string][] = [
    [request.getRemote(), 'a remote component'],
    [request.getImportid() !== '', "the option 'import'"],
    [request.getPackageref() !== '', 'a parameterized package'],
    [request.getPlugindownloadurl() !== '', "the option 'pluginDownloadURL'"],
    [request.getPluginchecksumsMap().getLength() > 0, "the option 'pluginChecksums'"],
    [request.getTransformsList().length > 0, "the option 'transforms'"],
    [request.getEnvvarmappingsMap().getLength() > 0, "the option 'envVarMappings'"],
    [request.getSnippetid() !== '', 'a snippet'],
    [request.getStateMigrationsList().length > 0, 'state migrations'],
    [(request.getHooks()?.getOnErrorList().length ?? 0) > 0, "the hook 'onError'"],
    [!request.getAcceptsecrets(), 'an SDK without secrets'],
  ];
  return used.find(([isUsed]) => isUsed)?.[1];
}

/** Reads a registration. What would have to be ignored is an error instead. */
export function parseGoal(request: RegisterResourceRequest): Goal {
  const [type, name] = [request.getType(), request.getName()];
  const problem = unsupported(request);
  if (problem !== undefined)
    throw new EngineError(
      `Resource '${name}' [${type}] uses ${problem}, which the embedded engine does not implement.`,
    );
  const properties: Record<string, string[]> = {};
  request.getPropertydependenciesMap().forEach((dependencies, key) => {
    properties[key] = dependencies.getUrnsList();
  });
  const providers: Record<string, string> = {};
  request.getProvidersMap().forEach((reference, key) => {
    providers[key] = reference;
  });
  const paths = { ignoreChanges: request.getIgnorechangesList(), replaceOnChanges: request.getReplaceonchangesList() };
  for (const path of Object.values(paths).flat()) parsePath(path);
  return {
    type,
    name,
    parent: request.getParent(),
    custom: request.getCustom(),
    inputs: fromStruct(request.getObject()),
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    dependencies: [...new Set(request.getDependenciesList())],
    propertyDependencies: properties,
    provider: request.getProvider(),
    providers,
    version: request.getVersion(),
    deleteBeforeReplace:
      request.getDeletebeforereplacedefined() || request.getDeletebeforereplace()
        ? request.getDeletebeforereplace()
        : undefined,
    ...paths,
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    hideDiff: request.getHidediffsList(),
    aliases: aliases(request),
    customTimeouts: timeouts(request),
    deletedWith: request.getDeletedwith(),
    replaceWith: request.getReplaceWithList(),
    replacementTrigger: fromValue(request.getReplacementTrigger()),
    hooks: hooks(request),
  };
}
