import { Config } from '../project';
import { Redactor } from '../redact';
import { Severity } from '../types';
import { PropertyMap } from '../values';

/** What every call to a resource provider is told. */
export interface Call {
  urn: string;
  name: string;
  preview: boolean;
  /** Ends the operation: the run was cancelled, or its time is up. */
  signal: AbortSignal;
  /** Ids of this type that the state accounts for. */
  owned: ReadonlySet<string>;
  log: (severity: Severity, message: string) => void;
}

export interface CheckFailure {
  property?: string;
  reason: string;
}
export interface CheckResult {
  inputs: PropertyMap;
  failures: CheckFailure[];
}

export type DiffKind = 'add' | 'add-replace' | 'delete' | 'delete-replace' | 'update' | 'update-replace';
export interface DiffResult {
  changed: boolean;
  /** Property path → what happened to it. */
  detailed: Record<string, DiffKind>;
  replaceKeys: string[];
  deleteBeforeReplace: boolean;
}

export const NO_DIFF: DiffResult = { changed: false, detailed: {}, replaceKeys: [], deleteBeforeReplace: false };

export interface Known {
  id: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
}

/** The lifecycle of one resource type. */
export interface ResourceProvider {
  check(call: Call, news: PropertyMap, olds: PropertyMap | undefined): CheckResult;
  diff(old: Known, news: PropertyMap): DiffResult;
  /** In a preview, an empty id is one that is not known yet. */
  create(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }>;
  update(call: Call, old: Known, news: PropertyMap): Promise<PropertyMap>;
  /** Nothing when the resource is gone. */
  read(call: Call, old: Known): Promise<{ inputs: PropertyMap; outputs: PropertyMap } | undefined>;
  delete(call: Call, old: Known): Promise<void>;
  /** Finds a resource that an interrupted create left behind, and that nothing in the state accounts for. */
  adopt?(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap } | undefined>;
}

/** What a package needs from the run. */
export interface Environment {
  env: NodeJS.ProcessEnv;
  root: string;
  redactor: Redactor;
  config: Config;
}

/** A provider plugin, configured. */
export interface Package {
  /** The provider of a type, or nothing if this engine does not implement it. */
  resource(type: string): ResourceProvider | undefined;
  /** Runs a data source. */
  invoke?(call: Call, token: string, args: PropertyMap): Promise<PropertyMap>;
}

/** A provider plugin. */
export interface PackageFactory {
  /** Keys its configuration may have. */
  configKeys: readonly string[];
  /** Inputs that the official engine adds to the provider resource. */
  extraInputs?: PropertyMap;
  configure(config: PropertyMap, environment: Environment): Package;
}
