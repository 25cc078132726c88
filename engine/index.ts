/**
 * The embedded engine: runs an unmodified Pulumi program where the official CLI cannot be had.
 * It rehearses only; every endpoint that could be a real one is refused.
 */
import { decodeDeployment, encodeDeployment, Untyped } from './state/checkpoint';
import { openStack, runVerb, stackOutputsOf } from './run';
import { StackLock } from './state/lock';
import { EngineOptions, EngineResult } from './types';
import { mask, unwrap } from './values';

export type { EngineEvent, EngineOptions, EngineResult, Severity } from './types';
export { EngineError } from './errors';

/** Makes an empty stack where there is none; whether it had to. */
export async function init(options: EngineOptions): Promise<boolean> {
  const { backend, state, crypter } = await openStack(options);
  if (backend.read()) return false;
  backend.write(encodeDeployment(state, crypter.salt, (json) => ({ ciphertext: crypter.encrypt(json) })));
  return true;
}

/** Shows what up would do. Nothing is changed, and no lock is taken. */
export function preview(options: EngineOptions & { refresh?: boolean }): Promise<EngineResult> {
  return runVerb(options, { kind: 'up', preview: true, refresh: options.refresh });
}

/** Makes everything as the program wants it. */
export function up(options: EngineOptions & { refresh?: boolean }): Promise<EngineResult> {
  return runVerb(options, { kind: 'up', preview: false, refresh: options.refresh });
}

/** Brings the state up to what exists. */
export function refresh(options: EngineOptions): Promise<EngineResult> {
  return runVerb(options, { kind: 'refresh', preview: false });
}

/** Deletes everything in the stack. */
export function destroy(options: EngineOptions & { refresh?: boolean }): Promise<EngineResult> {
  return runVerb(options, { kind: 'destroy', preview: false, refresh: options.refresh });
}

/** The exports of the program; secrets only when asked for. */
export async function outputs(options: EngineOptions & { showSecrets?: boolean }): Promise<Record<string, unknown>> {
  const { state } = await openStack(options);
  const values = stackOutputsOf(state.resources);
  return (options.showSecrets ? unwrap(values) : mask(values)) as Record<string, unknown>;
}

/** The state in the form that `pulumi stack import` takes. */
export async function exportState(options: EngineOptions): Promise<object> {
  const { state, crypter } = await openStack(options);
  return encodeDeployment(state, crypter.salt, (json) => ({ ciphertext: crypter.encrypt(json) }));
}

/** Replaces the state by one that was exported; what cannot be read is refused. */
export async function importState(options: EngineOptions, state: object): Promise<void> {
  const { backend, crypter } = await openStack(options);
  const lock = new StackLock(backend.lockDirectory);
  lock.acquire();
  try {
    decodeDeployment(state as Untyped, crypter);
    backend.write(state as Untyped);
  } finally {
    lock.release();
  }
}
