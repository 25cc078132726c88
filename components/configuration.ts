/** Reads the stack's configuration: plain settings checked by zod, secrets as outputs that never become text here. */
import * as pulumi from '@pulumi/pulumi';
import { declarationNamed, declarations, type Declaration } from '../stacks';
import { hostPublicKey, NAMESPACE, settingsSchema, type Settings } from '../stacks/settings';
import { settingsIsolation } from '../stacks/rules/isolation';
import { machineRules } from '../stacks/rules/machines';
import { problemsOf, validateDeclaration, type Problem } from '../stacks/validate';
import { secretsOfStack } from '../services/secrets';
import { validatePlans } from '../services/validate';

export interface Configuration {
  declaration: Declaration;
  settings: Settings;
  /** Secret settings by key. */
  secrets: Record<string, pulumi.Output<string>>;
  /** Public SSH host key of each host. */
  hostKeys: Record<string, string>;
}

const prefix = `${NAMESPACE}:`;

/**
 * The configuration of the current stack.
 * Throws one pulumi.RunError that lists everything wrong, before any resource is registered.
 */
export function loadConfiguration(): Configuration {
  const declaration = declarationNamed(pulumi.getStack());
  if (!declaration) {
    throw new pulumi.RunError(`There is no declaration for stack "${pulumi.getStack()}"; declared stacks: ${Object.keys(declarations).join(', ')}.`);
  }
  const values = configured();
  const problems = validateDeclaration(declaration);
  const { settings, problems: wrongSettings } = problems.length ? { settings: undefined, problems: [] } : readSettings(declaration, values);
  const wrongPlans = settings ? [...settingsIsolation(declaration, settings), ...machineRules(declaration, settings), ...validatePlans(declaration, settings)] : [];
  const all = [...problems, ...wrongSettings, ...wrongPlans];
  if (all.length || !settings) throw new pulumi.RunError(listOf(all));
  return {
    declaration,
    settings,
    secrets: Object.fromEntries(
      // What an absent optional secret would switch on finds it empty, and stays off.
      secretsOfStack(declaration).map(({ key, optional }) => [key, optional && values[key] === undefined ? pulumi.output('') : pulumi.secret(values[key])]),
    ),
    hostKeys: Object.fromEntries(declaration.hosts.map((host) => [host.name, values[hostPublicKey(host.name)]])),
  };
}

/** One line a problem, with its path. */
export function listOf(problems: Problem[]): string {
  const count = problems.length === 1 ? 'One thing is' : `${problems.length} things are`;
  return [`${count} wrong; nothing was touched:`, ...problems.map(({ path, message }) => `  - ${path}: ${message}`)].join('\n');
}

/** Every value of the namespace by its key, read at once: the SDK parses the whole configuration for each key it is asked for. */
function configured(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

function readSettings(declaration: Declaration, values: Record<string, string>): { settings?: Settings; problems: Problem[] } {
  const wanted = secretsOfStack(declaration);
  const secrets = wanted.map(({ key }) => key);
  const required = wanted.filter(({ optional }) => !optional).map(({ key }) => key);
  const keys = declaration.hosts.map((host) => hostPublicKey(host.name));
  const plain = Object.fromEntries(Object.entries(values).filter(([key]) => !secrets.includes(key) && !keys.includes(key)));
  const parsed = settingsSchema.safeParse(Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, parsedValue(value)])));
  // Which values were encrypted is only told to the SDK, through this variable.
  const encrypted = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? '[]') as string[];
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error.issues, `config ${NAMESPACE}`)),
    ...[...required, ...keys]
      .filter((key) => !values[key])
      .map((key) => ({ path: `config ${prefix}${key}`, message: 'is missing; run `fleet init --stack ' + declaration.stack + '`' })),
    ...secrets
      .filter((key) => values[key] && !encrypted.includes(prefix + key))
      .map((key) => ({ path: `config ${prefix}${key}`, message: 'is stored in clear text; set it with `pulumi config set --secret`' })),
    ...secrets
      .filter((key) => values[key] && malformedSecret(key, values[key]))
      .map((key) => ({ path: `config ${prefix}${key}`, message: 'does not have the form it should; its value is not shown' })),
  ];
  return { settings: parsed.success ? parsed.data : undefined, problems };
}

/** Objects, lists, numbers and booleans arrive as JSON text; anything else is text. */
function parsedValue(value: string): unknown {
  if (!/^([[{]|true$|false$|\d+$)/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function malformedSecret(key: string, value: string): boolean {
  if (key === 'deployPrivateKey' || key.startsWith('hostKey-')) return !value.startsWith('-----BEGIN OPENSSH PRIVATE KEY-----');
  if (key === 'backupIdentity') return !value.startsWith('AGE-SECRET-KEY-1');
  return false;
}
