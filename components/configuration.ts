/** Reads the stack's configuration: plain settings checked by the reader of settings, secrets as outputs that never become text here. */
import * as pulumi from '@pulumi/pulumi';
import { declarationNamed, declarations, type Declaration } from '../stacks';
import { readSettings } from '../stacks/model/read-settings';
import { hostPublicKey, NAMESPACE, type Settings } from '../stacks/model/settings';
import { listOf, validateDeclaration } from '../stacks/model/validate';
import { required } from '../stacks/model/required';
import { secretsOfStack } from '../services/secrets';
import { validateSettings } from '../services/validate';
import { capacityRules } from './machines/capacity';

export interface Configuration {
  declaration: Declaration;
  settings: Settings;
  /** Secret settings by key. */
  secrets: Record<string, pulumi.Output<string>>;
  /** Public SSH host key of each host. */
  hostKeys: Record<string, string>;
}

/** A secret setting of the stack, which the reader of settings has found. */
export const secretOf = ({ secrets }: Configuration, key: string): pulumi.Output<string> =>
  required(secrets[key], `the secret ${key}`);

/** The public SSH host key of a host. */
export const hostKeyOf = ({ hostKeys }: Configuration, host: string): string =>
  required(hostKeys[host], `the SSH host key of ${host}`);

const prefix = `${NAMESPACE}:`;

/**
 * The configuration of the current stack.
 * Throws one pulumi.RunError that lists everything wrong, before any resource is registered.
 */
export function loadConfiguration(): Configuration {
  const declaration = declarationNamed(pulumi.getStack());
  if (!declaration) {
    throw new pulumi.RunError(
      `There is no declaration for stack "${pulumi.getStack()}"; declared stacks: ${Object.keys(declarations).join(', ')}.`,
    );
  }
  const invalid = validateDeclaration(declaration);
  if (invalid.length) throw new pulumi.RunError(listOf(invalid));
  const secrets = secretsOfStack(declaration);
  const values = configured();
  const { settings, problems } = readSettings(declaration, secrets, { values, encrypted: encryptedKeys() });
  const against = settings ? [...validateSettings(declaration, settings), ...capacityRules(declaration, settings)] : [];
  if (!settings || problems.length || against.length) throw new pulumi.RunError(listOf([...problems, ...against]));
  return {
    declaration,
    settings,
    secrets: Object.fromEntries(
      // What an absent optional secret would switch on finds it empty, and stays off.
      secrets.map(({ key }) => {
        const value = values[key];
        return [key, value === undefined ? pulumi.output('') : pulumi.secret(value)];
      }),
    ),
    hostKeys: Object.fromEntries(
      declaration.hosts.map(({ name }) => [
        name,
        required(values[hostPublicKey(name)], `fleet:${hostPublicKey(name)}`),
      ]),
    ),
  };
}

/** Every value of the namespace by its key, read at once: the SDK parses the whole configuration for each key it is asked for. */
function configured(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

/** Which values were encrypted is only told to the SDK, through this variable. */
function encryptedKeys(): string[] {
  const keys = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? '[]') as string[];
  return keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
}
