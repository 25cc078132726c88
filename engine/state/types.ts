import { PropertyMap, Value } from '../values';

export interface Timeouts {
  create?: number;
  update?: number;
  delete?: number;
  read?: number;
}
export type HookType = 'BeforeCreate' | 'AfterCreate' | 'BeforeUpdate' | 'AfterUpdate' | 'BeforeDelete' | 'AfterDelete';

/** A resource as the state knows it, with secrets in the clear but marked. */
export interface ResourceState {
  urn: string;
  custom: boolean;
  type: string;
  id?: string;
  inputs: PropertyMap;
  outputs: PropertyMap;
  parent?: string;
  provider?: string;
  dependencies: string[];
  propertyDependencies: Record<string, string[]>;
  protect?: boolean;
  external?: boolean;
  retainOnDelete?: boolean;
  delete?: boolean;
  pendingReplacement?: boolean;
  additionalSecretOutputs: string[];
  ignoreChanges: string[];
  replaceOnChanges: string[];
  hideDiff: string[];
  customTimeouts: Timeouts;
  importID?: string;
  deletedWith?: string;
  replaceWith: string[];
  replacementTrigger?: Value;
  resourceHooks: Partial<Record<HookType, string[]>>;
  initErrors: string[];
  created?: string;
  modified?: string;
}

export type OperationType = 'creating' | 'updating' | 'deleting' | 'reading' | 'importing';
export interface PendingOperation {
  resource: ResourceState;
  type: OperationType;
}

/** Every URN that this resource needs in the state, provider included. */
export function dependenciesOf(resource: ResourceState): string[] {
  const urns = [
    ...resource.dependencies,
    ...Object.values(resource.propertyDependencies).flat(),
    ...resource.replaceWith,
  ];
  if (resource.deletedWith !== undefined) urns.push(resource.deletedWith);
  return urns;
}
