import { createHash } from 'node:crypto';
import { EngineError } from '../errors';
import { Crypter } from '../passphrase';
import { decodeResource, encodeOperation, encodeResource, Seal } from './codec';
import { PendingOperation, ResourceState } from './types';

/** The version this engine's states carry; the SDK it serves is of the same one. */
export const ENGINE_VERSION = '3.260.0';

export interface Deployment {
  manifest: { time: string; magic: string; version: string };
  secrets_providers?: { type: string; state?: { salt?: string } };
  resources?: Record<string, unknown>[];
  pending_operations?: { resource: Record<string, unknown>; type: PendingOperation['type'] }[];
  metadata: Record<string, unknown>;
}

export interface Untyped {
  version: number;
  features?: string[];
  deployment: Deployment;
}

/** What is remembered between runs. */
export interface StackState {
  resources: ResourceState[];
  pending: PendingOperation[];
}

function featuresOf(resources: ResourceState[]): string[] {
  const features = new Set<string>();
  for (const resource of resources) {
    if (Object.values(resource.resourceHooks).some((names) => names.length > 0)) features.add('hooks');
    if (resource.replaceWith.length > 0) features.add('replaceWith');
  }
  return [...features].sort();
}

/** Nanosecond time in the form of the state file. */
export function timestamp(date = new Date()): string {
  return date.toISOString().replace('Z', '000000Z');
}

/** The deployment document of a state, as `pulumi stack export` prints it. */
export function encodeDeployment(state: StackState, salt: string, seal: Seal): Untyped {
  const deployment: Deployment = {
    manifest: {
      time: timestamp(),
      magic: createHash('sha256').update(ENGINE_VERSION).digest('hex'),
      version: ENGINE_VERSION,
    },
    secrets_providers: { type: 'passphrase', state: { salt } },
    metadata: {},
  };
  if (state.resources.length > 0)
    deployment.resources = state.resources.map((resource) => encodeResource(resource, seal));
  if (state.pending.length > 0) {
    deployment.pending_operations = state.pending.map((operation) =>
      encodeOperation(operation, seal),
    ) as Deployment['pending_operations'];
  }
  const features = featuresOf([...state.resources, ...state.pending.map((operation) => operation.resource)]);
  return features.length === 0 ? { version: 3, deployment } : { version: 4, features, deployment };
}

const KNOWN_FEATURES = ['hooks', 'replaceWith'];

/** Reads a deployment document; refuses what this engine would have to guess about. */
export function decodeDeployment(untyped: Untyped, crypter: Crypter | undefined): StackState {
  if (untyped.version !== 3 && untyped.version !== 4)
    throw new EngineError(`The state has version ${untyped.version}; the embedded engine reads 3 and 4.`);
  const strange = (untyped.features ?? []).filter((feature) => !KNOWN_FEATURES.includes(feature));
  if (strange.length > 0)
    throw new EngineError(`The state uses '${strange[0]}', which the embedded engine does not implement.`);
  const { manifest, resources = [], pending_operations: pending = [] } = untyped.deployment;
  if (manifest.magic !== (manifest.version === '' ? '' : createHash('sha256').update(manifest.version).digest('hex'))) {
    throw new EngineError('The state is damaged: the magic number of its manifest does not match its version.');
  }
  const open = (ciphertext: string): string => {
    if (crypter === undefined)
      throw new EngineError('The state holds secrets, but names no passphrase salt to open them with.');
    return crypter.decrypt(ciphertext);
  };
  return {
    resources: resources.map((resource) => decodeResource(resource, open)),
    pending: pending.map((operation) => ({ resource: decodeResource(operation.resource, open), type: operation.type })),
  };
}
