import { EngineError } from '../errors';
import { isObject, isSecret, mapChildren, PropertyMap, SECRET, secret, SIGNATURE, Value } from '../values';
import { PendingOperation, ResourceState, Timeouts } from './types';

/** How a secret is written: its JSON text goes through this function. */
export type Seal = (json: string) => { ciphertext: string } | { plaintext: string };

/** The value in the form of the state file. */
export function encodeValue(value: Value, seal: Seal): Value {
  if (!isSecret(value)) return mapChildren(value, (child) => encodeValue(child, seal));
  // A secret inside a secret keeps its mark, but is not encrypted a second time.
  const inner = encodeValue(value.value, (json) => ({ ciphertext: json }));
  return { [SIGNATURE]: SECRET, ...seal(JSON.stringify(inner)) };
}

/** The value from the form of the state file. */
export function decodeValue(value: Value, open: (ciphertext: string) => string): Value {
  if (!isObject(value) || value[SIGNATURE] !== SECRET) return mapChildren(value, (child) => decodeValue(child, open));
  const { ciphertext, plaintext } = value;
  if (typeof plaintext === 'string' && plaintext !== '')
    return secret(decodeValue(JSON.parse(plaintext), (text) => text));
  if (typeof ciphertext !== 'string' || ciphertext === '')
    throw new EngineError('A secret in the state has neither ciphertext nor plaintext.');
  return secret(decodeValue(JSON.parse(open(ciphertext)), (text) => text));
}

type Json = Record<string, unknown>;

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** A resource in the form of the state file: empty members are left out. */
export function encodeResource(resource: ResourceState, seal: Seal): Json {
  const { urn, custom, id, type, inputs, outputs, replacementTrigger, delete: deleted, ...rest } = resource;
  const json: Json = { urn, custom };
  const optional: Json = {
    delete: deleted,
    id,
    type,
    inputs: encodeValue(inputs, seal),
    outputs: encodeValue(outputs, seal),
    ...rest,
    replacementTrigger: replacementTrigger === undefined ? undefined : encodeValue(replacementTrigger, seal),
  };
  for (const [key, value] of Object.entries(optional)) if (!isEmpty(value)) json[key] = value;
  return json;
}

const UNSUPPORTED = ['taint', 'viewOf', 'extensionRef', 'snippetID', 'refreshBeforeUpdate'];

/** A resource from the form of the state file. */
export function decodeResource(json: Json, open: (ciphertext: string) => string): ResourceState {
  const urn = String(json.urn ?? '');
  const used = UNSUPPORTED.filter((key) => !isEmpty(json[key]));
  if (used.length > 0)
    throw new EngineError(`The state of ${urn} uses '${used[0]}', which the embedded engine does not implement.`);
  const list = (key: string): string[] => (json[key] as string[] | undefined) ?? [];
  const text = (key: string): string | undefined => json[key] as string | undefined;
  const properties = (key: string): PropertyMap => decodeValue((json[key] ?? {}) as Value, open) as PropertyMap;
  return {
    urn,
    custom: json.custom === true,
    type: String(json.type ?? ''),
    id: text('id'),
    inputs: properties('inputs'),
    outputs: properties('outputs'),
    parent: text('parent'),
    provider: text('provider'),
    dependencies: list('dependencies'),
    propertyDependencies: (json.propertyDependencies as Record<string, string[]> | undefined) ?? {},
    protect: json.protect === true,
    external: json.external === true,
    retainOnDelete: json.retainOnDelete === true,
    delete: json.delete === true,
    pendingReplacement: json.pendingReplacement === true,
    additionalSecretOutputs: list('additionalSecretOutputs'),
    ignoreChanges: list('ignoreChanges'),
    replaceOnChanges: list('replaceOnChanges'),
    hideDiff: list('hideDiff'),
    customTimeouts: (json.customTimeouts as Timeouts | undefined) ?? {},
    importID: text('importID'),
    deletedWith: text('deletedWith'),
    replaceWith: list('replaceWith'),
    replacementTrigger:
      json.replacementTrigger === undefined ? undefined : decodeValue(json.replacementTrigger as Value, open),
    resourceHooks: (json.resourceHooks as ResourceState['resourceHooks'] | undefined) ?? {},
    initErrors: list('initErrors'),
    created: text('created'),
    modified: text('modified'),
  };
}

/** A pending operation in the form of the state file. */
export function encodeOperation(operation: PendingOperation, seal: Seal): Json {
  return { resource: encodeResource(operation.resource, seal), type: operation.type };
}

/** Whether two states of a resource would be written alike. */
export function isSameRecord(a: ResourceState, b: ResourceState): boolean {
  const text = (resource: ResourceState): string => {
    const json = encodeResource(resource, (plaintext) => ({ plaintext }));
    return JSON.stringify(Object.entries(json).sort(([one], [other]) => (one < other ? -1 : 1)));
  };
  return text(a) === text(b);
}
