import { CancelledError, EngineError, messageOf, PartialFailure } from '../errors';
import { Known, ResourceProvider } from '../providers/types';
import { timestamp } from '../state/checkpoint';
import { isSameRecord } from '../state/codec';
import { ResourceState } from '../state/types';
import { isProviderType } from '../urn';
import { PropertyMap } from '../values';
import { renameReferences } from './aliases';
import { Deployment } from './deployment';
import { markSecretOutputs } from './outputs';

/** One thing that is done to one resource. */
export interface Step {
  op: string;
  urn: string;
  apply: () => Promise<void>;
}

/** Thrown into a chain of steps when the run is to end; it was reported elsewhere. */
export class Halted extends EngineError {
  constructor() {
    super('the run is ending');
    this.name = 'Halted';
  }
}

/** Runs one step with its events; a failure lets no further step start, except those that insist. */
export async function runStep(deployment: Deployment, step: Step, insist = false): Promise<void> {
  if (insist ? deployment.options.cancel.aborted : deployment.halted) throw new Halted();
  deployment.reporter.start(step.op, step.urn);
  try {
    await step.apply();
  } catch (error) {
    deployment.halt();
    const message = messageOf(error);
    deployment.reporter.stepFailed(step.op, step.urn, message);
    if (!(error instanceof CancelledError)) deployment.reporter.error(message, step.urn);
    throw new Halted();
  }
  deployment.reporter.done(step.op, step.urn);
}

export const known = (state: ResourceState): Known => ({
  id: state.id ?? '',
  inputs: state.inputs,
  outputs: state.outputs,
});
const isManaged = (state: ResourceState): boolean => state.custom && !isProviderType(state.type);

/** Puts a state of this run in the place of an old one. */
function record(deployment: Deployment, now: ResourceState, replaces?: ResourceState): void {
  deployment.snapshot.record(now, replaces);
  if (replaces !== undefined && replaces.urn !== now.urn)
    renameReferences(deployment.snapshot.base, replaces.urn, now.urn);
}

async function afterHook(deployment: Deployment, run: () => Promise<void>, urn: string): Promise<void> {
  try {
    await run();
  } catch (error) {
    // The resource is as it should be and is recorded; only the run has failed.
    deployment.fail(messageOf(error), urn);
  }
}

/** Nothing changed, apart perhaps from options. */
export function sameStep(deployment: Deployment, old: ResourceState, now: ResourceState): Step {
  return {
    op: 'same',
    urn: now.urn,
    async apply() {
      Object.assign(now, {
        id: old.id,
        outputs: old.outputs,
        created: old.created,
        modified: old.modified,
        initErrors: old.initErrors,
      });
      const changed = !isSameRecord(old, now);
      record(deployment, now, old);
      if (changed) deployment.snapshot.write();
    },
  };
}

export interface CreateOptions {
  op: 'create' | 'create-replacement';
  old?: ResourceState;
  deleteOldLater?: boolean;
}

/** Makes a resource; with an old one, as its replacement. */
export function createStep(
  deployment: Deployment,
  provider: ResourceProvider | undefined,
  now: ResourceState,
  options: CreateOptions,
): Step {
  const { old } = options;
  const finish = (id: string, outputs: PropertyMap): void => {
    if (now.custom) now.id = id;
    now.outputs = markSecretOutputs(outputs, now);
    now.created = now.modified = timestamp();
    if (old !== undefined && options.deleteOldLater) old.delete = true;
    record(deployment, now, old?.pendingReplacement ? old : undefined);
  };
  return {
    op: options.op,
    urn: now.urn,
    async apply() {
      const call = deployment.call(now, 'create');
      const pending = isManaged(now) ? deployment.snapshot.begin(now, 'creating') : undefined;
      try {
        await deployment.hooks.run('BeforeCreate', now, { newInputs: now.inputs });
        const made = provider === undefined ? { id: '', outputs: {} } : await provider.create(call, now.inputs);
        if (provider !== undefined && made.id === '' && !deployment.preview)
          throw new EngineError('the provider returned no id');
        finish(made.id, made.outputs);
      } catch (error) {
        if (error instanceof PartialFailure) {
          now.initErrors = [error.message];
          finish(error.id, error.outputs as PropertyMap);
        }
        throw error;
      } finally {
        if (pending !== undefined) deployment.snapshot.end(pending);
        deployment.snapshot.write();
      }
      if (now.custom)
        await afterHook(
          deployment,
          () => deployment.hooks.run('AfterCreate', now, { newInputs: now.inputs, newOutputs: now.outputs }),
          now.urn,
        );
    },
  };
}

/** Changes a resource in place. */
export function updateStep(
  deployment: Deployment,
  provider: ResourceProvider | undefined,
  old: ResourceState,
  now: ResourceState,
): Step {
  return {
    op: 'update',
    urn: now.urn,
    async apply() {
      Object.assign(now, { id: old.id, created: old.created, modified: old.modified });
      const call = deployment.call(now, 'update');
      const context = { newInputs: now.inputs, oldInputs: old.inputs, oldOutputs: old.outputs };
      const pending = isManaged(now)
        ? deployment.snapshot.begin({ ...now, outputs: old.outputs }, 'updating')
        : undefined;
      try {
        await deployment.hooks.run('BeforeUpdate', now, context);
        const outputs = provider === undefined ? old.outputs : await provider.update(call, known(old), now.inputs);
        now.outputs = markSecretOutputs(outputs, now);
        now.initErrors = [];
        if (now.custom) now.modified = timestamp();
        record(deployment, now, old);
      } catch (error) {
        if (error instanceof PartialFailure) {
          const outputs = markSecretOutputs(error.outputs as PropertyMap, old);
          record(deployment, { ...now, inputs: old.inputs, outputs, initErrors: [error.message] }, old);
        }
        throw error;
      } finally {
        if (pending !== undefined) deployment.snapshot.end(pending);
        deployment.snapshot.write();
      }
      if (now.custom)
        await afterHook(
          deployment,
          () => deployment.hooks.run('AfterUpdate', now, { ...context, newOutputs: now.outputs }),
          now.urn,
        );
    },
  };
}

/** Says that a resource is replaced; the work is done by the steps around it. */
export function replaceStep(urn: string): Step {
  return { op: 'replace', urn, apply: async () => undefined };
}

export interface DeleteOptions {
  op: 'delete' | 'delete-replaced';
  /** The resource is made again later in this run, so its entry stays until then. */
  recreated?: boolean;
}

/** Deletes a resource. */
export function deleteStep(deployment: Deployment, old: ResourceState, options: DeleteOptions): Step {
  return {
    op: options.op,
    urn: old.urn,
    async apply() {
      const context = { oldInputs: old.inputs, oldOutputs: old.outputs };
      const pending = isManaged(old) ? deployment.snapshot.begin(old, 'deleting') : undefined;
      try {
        await deployment.hooks.run('BeforeDelete', old, context);
        if (options.op === 'delete' && old.protect) {
          throw new EngineError(
            `${old.urn} cannot be deleted because it is protected. Take 'protect' off in the program and run up, then try again.`,
          );
        }
        const withOther = old.deletedWith !== undefined && deployment.deletes.has(old.deletedWith);
        if (!deployment.preview && isManaged(old) && !old.external && !old.retainOnDelete && !withOther) {
          await deployment.options.registry.forState(old).delete(deployment.call(old, 'delete'), known(old));
        }
        if (options.recreated) old.pendingReplacement = true;
        else deployment.snapshot.drop(old);
      } finally {
        if (pending !== undefined) deployment.snapshot.end(pending);
        deployment.snapshot.write();
      }
      await afterHook(deployment, () => deployment.hooks.run('AfterDelete', old, context), old.urn);
    },
  };
}

/** Forgets a resource that was deleted to be replaced, and is not wanted any more. */
export function discardStep(deployment: Deployment, old: ResourceState): Step {
  return {
    op: 'remove-pending-replace',
    urn: old.urn,
    async apply() {
      deployment.snapshot.drop(old);
      deployment.snapshot.write();
    },
  };
}
