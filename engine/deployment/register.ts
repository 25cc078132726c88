import { EngineError, messageOf } from '../errors';
import { packageConfig } from '../project';
import { ResourceState } from '../state/types';
import { isProviderType, makeUrn, packageOf, PROVIDER_PREFIX, STACK_TYPE } from '../urn';
import { PropertyMap } from '../values';
import { findOld } from './aliases';
import { Deployment } from './deployment';
import { Goal } from './goal';
import { Plan, planResource } from './plan';
import { Halted, runStep } from './steps';

function inherit(deployment: Deployment, goal: Goal): void {
  const parent = deployment.goals.get(goal.parent);
  if (parent === undefined) {
    if (goal.parent !== '')
      throw new EngineError(`Resource '${goal.name}' [${goal.type}] names a parent that is not registered.`);
    return;
  }
  goal.protect ??= parent.protect;
  goal.retainOnDelete ??= parent.retainOnDelete;
  if (goal.deletedWith === '') goal.deletedWith = parent.deletedWith;
  // A component hands its providers on, also through components that say nothing.
  if (!goal.custom) goal.providers = { ...parent.providers, ...goal.providers };
}

/** The default provider of a package, registered when it is first needed. */
export async function defaultProvider(deployment: Deployment, name: string, version: string): Promise<string> {
  const { project, stack, config } = deployment.options;
  const disabled = config.values['pulumi:disable-default-providers'];
  if (disabled !== undefined && disabled !== '[]')
    throw new EngineError(
      "The configuration 'pulumi:disable-default-providers' is not implemented by the embedded engine.",
    );
  const type = `${PROVIDER_PREFIX}${name}`;
  const label = version === '' ? 'default' : `default_${version.replace(/[.+-]/g, '_')}`;
  const urn = makeUrn(stack, project, undefined, type, label);
  const existing = deployment.news.get(urn);
  if (existing !== undefined) return `${urn}::${existing.id}`;
  const goal: Goal = {
    type,
    name: label,
    parent: '',
    custom: true,
    inputs: packageConfig(config, name),
    dependencies: [],
    propertyDependencies: {},
    provider: '',
    providers: {},
    version,
    ignoreChanges: [],
    replaceOnChanges: [],
    additionalSecretOutputs: [],
    hideDiff: [],
    aliases: [],
    customTimeouts: {},
    deletedWith: '',
    replaceWith: [],
    hooks: {},
  };
  deployment.goals.set(urn, goal);
  const plan = planResource(deployment, urn, goal, findOld(deployment, urn, goal), '');
  deployment.news.set(urn, plan.state);
  // The resource that needs it is being planned right now, so it cannot wait its turn.
  for (const step of plan.steps) await runStep(deployment, step);
  load(deployment, plan.state);
  return `${urn}::${plan.state.id}`;
}

function load(deployment: Deployment, state: ResourceState): void {
  if (isProviderType(state.type))
    deployment.options.registry.load(`${state.urn}::${state.id}`, state.type, state.inputs);
}

async function resolveProvider(deployment: Deployment, goal: Goal): Promise<string> {
  if (!goal.custom || isProviderType(goal.type)) return '';
  const name = packageOf(goal.type);
  const given = goal.provider || goal.providers[name] || deployment.goals.get(goal.parent)?.providers[name];
  return given || defaultProvider(deployment, name, goal.version);
}

async function plan(deployment: Deployment, goal: Goal): Promise<Plan> {
  const { project, stack } = deployment.options;
  deployment.reporter.redactor.learn(goal.inputs);
  inherit(deployment, goal);
  if (goal.custom && goal.type.split(':').length !== 3)
    throw new EngineError(`'${goal.type}' of resource '${goal.name}' is not a type of the form package:module:Name.`);
  const urn = makeUrn(stack, project, goal.parent, goal.type, goal.name);
  if (deployment.goals.has(urn)) throw new EngineError(`Duplicate resource URN '${urn}'; try giving it a unique name.`);
  deployment.goals.set(urn, goal);
  if (goal.type === STACK_TYPE) deployment.stackUrn = urn;
  const old = findOld(deployment, urn, goal);
  const planned = planResource(deployment, urn, goal, old, await resolveProvider(deployment, goal));
  deployment.news.set(urn, planned.state);
  return planned;
}

/** Registers a resource: decides in turn, works side by side, answers when it is done. */
export async function registerResource(deployment: Deployment, goal: Goal): Promise<ResourceState> {
  const planned = await deployment.planning.run(async () => {
    if (deployment.halted) throw new Halted();
    try {
      return await plan(deployment, goal);
    } catch (error) {
      if (!(error instanceof Halted)) deployment.fail(messageOf(error));
      throw new Halted();
    }
  });
  await deployment.stepping.run(async () => {
    for (const step of planned.steps) await runStep(deployment, step);
  });
  load(deployment, planned.state);
  return planned.state;
}

/** Takes the outputs of a component, or the exports of the program. */
export async function registerOutputs(deployment: Deployment, urn: string, outputs: PropertyMap): Promise<void> {
  deployment.reporter.redactor.learn(outputs);
  const state = deployment.news.get(urn);
  if (state === undefined)
    throw new EngineError(`Outputs were registered for ${urn}, which is not a resource of this run.`);
  if (urn === deployment.stackUrn) {
    // Kept until the end: only then it is known whether they replace the old ones or lie over them.
    deployment.stackOutputs = outputs;
    return;
  }
  const changed = JSON.stringify(state.outputs) !== JSON.stringify(outputs);
  state.outputs = outputs;
  if (changed) deployment.snapshot.write();
  const operation = deployment.operations.get(urn);
  if (operation === 'create')
    await deployment.hooks.run('AfterCreate', state, { newInputs: state.inputs, newOutputs: outputs });
  if (operation === 'update')
    await deployment.hooks.run('AfterUpdate', state, { newInputs: state.inputs, newOutputs: outputs });
}
