import { EngineError } from '../errors';
import { applyIgnoreChanges } from '../paths';
import { CheckFailure, DiffResult, NO_DIFF, ResourceProvider } from '../providers/types';
import { ResourceState } from '../state/types';
import { isProviderType } from '../urn';
import { containsUnknown, deepEquals, PropertyMap } from '../values';
import { dependentsToReplace } from './dependents';
import { Deployment } from './deployment';
import { applyReplaceOnChanges, isReplacement, isTriggered } from './diffing';
import { Goal } from './goal';
import { isDefaultProvider } from '../reporter';
import { ProviderResource } from './providerResource';
import { createStep, deleteStep, known, replaceStep, sameStep, Step, updateStep } from './steps';

export interface Plan {
  state: ResourceState;
  steps: Step[];
}

function newState(urn: string, goal: Goal, providerReference: string): ResourceState {
  return {
    urn,
    type: goal.type,
    custom: goal.custom,
    inputs: goal.inputs,
    outputs: {},
    parent: goal.parent === '' ? undefined : goal.parent,
    provider: providerReference === '' ? undefined : providerReference,
    dependencies: goal.dependencies,
    propertyDependencies: goal.propertyDependencies,
    protect: goal.protect ?? false,
    retainOnDelete: goal.retainOnDelete ?? false,
    external: false,
    delete: false,
    pendingReplacement: false,
    additionalSecretOutputs: goal.additionalSecretOutputs,
    ignoreChanges: goal.ignoreChanges,
    replaceOnChanges: goal.replaceOnChanges,
    hideDiff: goal.hideDiff,
    customTimeouts: goal.customTimeouts,
    deletedWith: goal.deletedWith === '' ? undefined : goal.deletedWith,
    replaceWith: goal.replaceWith,
    replacementTrigger: goal.replacementTrigger,
    resourceHooks: goal.hooks,
    initErrors: [],
  };
}

function providerFor(deployment: Deployment, goal: Goal, urn: string, reference: string): ResourceProvider | undefined {
  if (!goal.custom) return undefined;
  const { registry } = deployment.options;
  if (isProviderType(goal.type)) return new ProviderResource(goal.type, goal.version, isDefaultProvider(urn));
  return registry.resource(registry.get(reference), goal.type);
}

/** Says what is wrong without repeating any value: it may be a secret in the wrong place. */
function refuse(goal: Goal, failures: CheckFailure[]): never {
  const problems = failures.map(({ property, reason }) =>
    property === undefined ? reason : `'${property}' ${reason}`,
  );
  throw new EngineError(`${goal.type} resource '${goal.name}' has a problem: ${problems.join('; ')}.`);
}

function check(
  deployment: Deployment,
  goal: Goal,
  state: ResourceState,
  provider: ResourceProvider | undefined,
  inputs: PropertyMap,
  olds: PropertyMap | undefined,
): PropertyMap {
  if (!deployment.preview && containsUnknown(inputs)) {
    const key = Object.keys(inputs).find((each) => containsUnknown(inputs[each]));
    throw new EngineError(
      `${goal.type} resource '${goal.name}' has a problem: '${String(key)}' is not known although everything it depends on is done.`,
    );
  }
  if (provider === undefined) return inputs;
  const result = provider.check(deployment.call(state), inputs, olds);
  if (result.failures.length > 0) refuse(goal, result.failures);
  deployment.reporter.redactor.learn(result.inputs);
  return result.inputs;
}

function compare(
  deployment: Deployment,
  goal: Goal,
  old: ResourceState,
  state: ResourceState,
  provider: ResourceProvider | undefined,
): DiffResult {
  if (goal.replaceWith.some((urn) => deployment.operations.get(urn) === 'replace'))
    return { ...NO_DIFF, changed: true, replaceKeys: ['replaceWith'] };
  if (goal.deletedWith !== '' && deployment.operations.get(goal.deletedWith) === 'replace')
    return { ...NO_DIFF, changed: true, replaceKeys: ['deletedWith'] };
  if (provider === undefined) return deepEquals(old.inputs, state.inputs) ? NO_DIFF : { ...NO_DIFF, changed: true };
  return provider.diff(known(old), state.inputs);
}

function replacement(
  deployment: Deployment,
  goal: Goal,
  old: ResourceState,
  state: ResourceState,
  provider: ResourceProvider | undefined,
  diff: DiffResult,
): Step[] {
  if (state.protect && old.protect) {
    const message = `unable to replace ${state.urn} as it is marked for protection. Take 'protect' off in the program and run up first.`;
    if (!deployment.preview) throw new EngineError(message);
    deployment.reporter.error(message, state.urn);
  }
  deployment.operations.set(state.urn, 'replace');
  // The defaults and the automatic name of the old one do not carry over.
  state.inputs = check(deployment, goal, state, provider, deployment.assets.hashed(goal.inputs), undefined);
  const create = (deleteOldLater: boolean): Step =>
    createStep(deployment, provider, state, { op: 'create-replacement', old, deleteOldLater });
  if (!old.pendingReplacement && !(goal.deleteBeforeReplace ?? diff.deleteBeforeReplace))
    return [create(true), replaceStep(state.urn)];

  const steps: Step[] = [];
  for (const dependent of dependentsToReplace(deployment, old).reverse()) {
    if (deployment.eagerlyDeleted.has(dependent)) continue;
    if (dependent.protect && !dependent.delete) {
      throw new EngineError(
        `unable to replace ${dependent.urn} as part of replacing ${state.urn}, as it is marked for protection. Take 'protect' off in the program and run up first.`,
      );
    }
    steps.push(
      deleteStep(
        deployment,
        dependent,
        dependent.delete ? { op: 'delete' } : { op: 'delete-replaced', recreated: true },
      ),
    );
    deployment.deletes.add(dependent.urn);
    deployment.eagerlyDeleted.add(dependent);
  }
  if (!old.pendingReplacement) steps.push(deleteStep(deployment, old, { op: 'delete-replaced', recreated: true }));
  return [...steps, replaceStep(state.urn), create(false)];
}

/** Decides what has to be done so that a resource becomes what the program wants. */
export function planResource(
  deployment: Deployment,
  urn: string,
  goal: Goal,
  old: ResourceState | undefined,
  providerReference: string,
): Plan {
  const state = newState(urn, goal, providerReference);
  const provider = providerFor(deployment, goal, urn, providerReference);
  const plan = (steps: Step[]): Plan => ({ state, steps });
  let inputs = deployment.assets.hashed(goal.inputs);
  if (old !== undefined && !deployment.deletes.has(urn)) {
    const ignored = applyIgnoreChanges(inputs, old.inputs, goal.ignoreChanges);
    if (ignored.invalid.length > 0)
      deployment.reporter.diagnostic(
        'info',
        `cannot ignore changes in added or removed elements of the path: ${ignored.invalid.join(', ')}`,
        urn,
      );
    inputs = ignored.inputs;
  }
  const recreated = old !== undefined && deployment.deletes.has(urn);
  state.inputs = check(deployment, goal, state, provider, inputs, recreated ? undefined : old?.inputs);

  if (old === undefined) {
    deployment.operations.set(urn, 'create');
    return plan([createStep(deployment, provider, state, { op: 'create' })]);
  }
  if (recreated) {
    deployment.deletes.delete(urn);
    deployment.operations.set(urn, 'replace');
    return plan([replaceStep(urn), createStep(deployment, provider, state, { op: 'create-replacement', old })]);
  }
  if (!deployment.preview && containsUnknown(goal.replacementTrigger))
    throw new EngineError(`The replacement trigger of ${urn} is not known.`);
  const triggered = isTriggered(goal.replacementTrigger, old.replacementTrigger);
  const found = triggered ? { ...NO_DIFF, changed: true } : compare(deployment, goal, old, state, provider);
  const diff = applyReplaceOnChanges(found, goal.replaceOnChanges, old.initErrors.length > 0);
  if (triggered || old.pendingReplacement || (diff.changed && isReplacement(diff)))
    return plan(replacement(deployment, goal, old, state, provider, diff));
  if (diff.changed || old.initErrors.length > 0) {
    deployment.operations.set(urn, 'update');
    return plan([updateStep(deployment, provider, old, state)]);
  }
  deployment.operations.set(urn, 'same');
  return plan([sameStep(deployment, old, state)]);
}
