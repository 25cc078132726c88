/** What one step of a rebuild reads from its standard input, put together from a stack's file, for whoever runs the step by hand. */
import { cloudConfig } from '../../components/inputs';
import { rebuild, site, type Step, type Values } from '../../components/steps';
import { plansOf } from '../../services';
import { secretsOfStack } from '../../services/secrets';
import type { Declaration } from '../../stacks';
import { hostPublicKey, NAMESPACE } from '../../stacks/model/settings';
import { isStore } from '../../stacks/model/sites';
import { declarationOf } from '../init/init';
import { EXIT, UserError } from '../lib/errors';
import { configFileOf, passphrase } from '../lib/project';
import { StackFile } from '../lib/stack-file';
import { settingsOf } from '../lib/stack-settings';
import { storedPlan } from '../restore/stored-plan';

export interface InputOptions {
  stack: string;
  /** The first one of the stack if not named. */
  host?: string;
  incarnation?: string;
  address?: string;
}

/** What a step reads, as text; holds secrets. Besides steps there are `user-data`, `host-key` and `deploy-key`, needed before the first. */
export async function inputOf(
  wanted: string,
  { stack, host: hostName, incarnation, address }: InputOptions,
): Promise<string> {
  const declaration = declarationOf(stack);
  const host = declaration.hosts.find(({ name }) => hostName === undefined || name === hostName);
  if (!host)
    throw new UserError(
      `Stack ${stack} has no host ${hostName}.`,
      `It has: ${declaration.hosts.map(({ name }) => name).join(', ')}.`,
      EXIT.usage,
    );
  const file = await StackFile.open(configFileOf(stack), passphrase());
  const text = (key: string) => file.text(`${NAMESPACE}:${key}`);
  if (wanted === 'deploy-key') return text('deployPrivateKey');
  if (wanted === 'host-key') return `${text(hostPublicKey(host.name))}\n`;
  if (wanted === 'user-data') return cloudConfig(text(`hostKey-${host.name}`), text(hostPublicKey(host.name)));
  const settings = settingsOf(file, declaration);
  const plans = plansOf(declaration, host, settings);
  const subject = { name: host.name, declaration, host, settings, plans };
  const steps = isStore(declaration) ? site(subject) : rebuild(subject);
  const { stdin = '', run, service } = named(steps, wanted);
  const restored = run[0] === 'restore' ? plans.find(({ name, dataset }) => name === service && dataset) : undefined;
  if (restored && !settings.bootstrap)
    return `${JSON.stringify(await storedPlan(file, { declaration, settings, host, service: restored, at: settings.restoreAt }))}\n`;
  if (typeof stdin === 'string') return stdin && `${stdin}\n`;
  const known: Partial<Values> = { incarnation, address };
  const value = (key: string) => (key in known ? machineValue(key, known[key]) : secretOf(declaration, file, key));
  return `${stdin.make(Object.fromEntries(stdin.reads.map((key) => [key, value(key)])))}\n`;
}

function named(steps: Step[], wanted: string): Step {
  const step = steps.find(({ name }) => name === wanted);
  if (!step)
    throw new UserError(
      `There is no step ${wanted}.`,
      'The recovery runbook in docs/generated lists every step.',
      EXIT.usage,
    );
  return step;
}

/** What is known of the new machine; whoever runs a step that reads it has to name it. */
function machineValue(key: string, value: string | undefined): string {
  if (value !== undefined) return value;
  throw new UserError(
    `The ${key} of the new machine is not named.`,
    key === 'address' ? 'Add its own address: --address 198.51.100.7' : 'Add its id: --incarnation 123456789',
    EXIT.usage,
  );
}

/** A secret of the stack; an optional one that is not set is empty, and what it switches on stays off. */
function secretOf(declaration: Declaration, file: StackFile, key: string): string {
  const optional = secretsOfStack(declaration).find((secret) => secret.key === key)?.optional;
  return optional && !file.has(`${NAMESPACE}:${key}`) ? '' : file.text(`${NAMESPACE}:${key}`);
}
