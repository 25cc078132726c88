/** What one step of a rebuild reads from its standard input, put together from a stack's file, for whoever runs the step by hand. */
import { cloudConfig } from '../../components/inputs';
import { plansOf, publicName } from '../../services';
import { secretsOfStack } from '../../services/secrets';
import type { Declaration } from '../../stacks';
import { hostPublicKey, NAMESPACE } from '../../stacks/model/settings';
import { declarationOf } from '../init/init';
import { EXIT, UserError } from '../lib/errors';
import { configFileOf, passphrase } from '../lib/project';
import { StackFile } from '../lib/stack-file';
import { settingsOf } from '../lib/stack-settings';
import { stepsOf, type Step, type Values } from './steps';

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
  const host = declaration.hosts.find(({ name }) => name === (hostName ?? declaration.hosts[0].name));
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
  const step = named(
    stepsOf(
      declaration,
      host,
      plansOf(declaration, host, settings),
      host.publicNames[0] && publicName(host.publicNames[0], settings.zone.name),
    ),
    wanted,
  );
  if (!step.input) return '';
  if (incarnation === undefined)
    throw new UserError(
      'The incarnation is not named.',
      'Add the id of the new droplet: --incarnation 123456789',
      EXIT.usage,
    );
  if (step.stage === 'takeover' && !address)
    throw new UserError(
      'The address of the new droplet is not named.',
      'Add its own address: --address 198.51.100.7',
      EXIT.usage,
    );
  return `${JSON.stringify(step.input({ settings, secrets: secretsIn(declaration, file), incarnation, ...(address ? { address } : {}) } satisfies Values))}\n`;
}

function named(steps: Step[], wanted: string): Step {
  const step = steps.find(({ name }) => name === wanted);
  if (!step)
    throw new UserError(
      `There is no step ${wanted}.`,
      'docs/generated/recovery-runbook.md lists every step.',
      EXIT.usage,
    );
  return step;
}

/** Every secret of the stack; an optional one that is not set is empty, and what it switches on stays off. */
function secretsIn(declaration: Declaration, file: StackFile): Record<string, string> {
  return Object.fromEntries(
    secretsOfStack(declaration).map(({ key, optional }) => [
      key,
      optional && !file.has(`${NAMESPACE}:${key}`) ? '' : file.text(`${NAMESPACE}:${key}`),
    ]),
  );
}
