/** The one reader of a stack's settings, for the program and for the command line: what one of them takes, the other takes as the same. */
import type { z } from 'zod';
import type { Declaration } from './schema';
import { hostPublicKey, NAMESPACE, settingsSchema, type SecretSetting, type Settings } from './settings';
import type { Problem } from './validate';

/** Settings as they are written down, secrets opened. */
export interface Written {
  /** By key without namespace. The program has text only; a file has whatever YAML makes of it. */
  values: Record<string, unknown>;
  /** Keys that are stored encrypted, whole or in part. */
  encrypted: readonly string[];
}

export interface ReadSettings {
  /** Where the plain ones are right, whatever the secrets are. */
  settings?: Settings;
  /** One for each thing that is missing or wrong. */
  problems: Problem[];
}

/** Reads the settings of a stack, which needs these secrets. Secrets are checked, and never shown. */
export function readSettings(
  { stack, hosts }: Declaration,
  secrets: SecretSetting[],
  { values, encrypted }: Written,
): ReadSettings {
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => isSet(value)));
  const hostKeys = hosts.map(({ name }) => hostPublicKey(name));
  const apart = [...secrets.map(({ key }) => key), ...hostKeys];
  const parsed = settingsSchema.safeParse(
    Object.fromEntries(Object.entries(given).filter(([key]) => !apart.includes(key))),
  );
  const needed = [...secrets.filter(({ optional }) => !optional).map(({ key }) => key), ...hostKeys];
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => problemsOfIssue(issue, stack, given))),
    ...needed.filter((key) => given[key] === undefined).map((key) => problem([key], isMissing(stack))),
    ...secrets.flatMap(({ key }) =>
      given[key] === undefined ? [] : secretProblems(key, given[key], encrypted.includes(key)),
    ),
  ];
  return { settings: parsed.data, problems };
}

/** One plain setting, for who needs no other; undefined where it is not set, sealed or wrong. */
export function readSetting<K extends keyof Settings>(key: K, value: unknown): Settings[K] | undefined {
  const parsed = settingsSchema.shape[key].safeParse(isSet(value) ? value : undefined);
  return parsed.success ? (parsed.data as Settings[K]) : undefined;
}

/** Nothing is written as empty text too: that is how the CLI passes an empty value of YAML on. */
const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

const isMissing = (stack: string): string => `is missing; run \`fleet init --stack ${stack}\``;

/** The path as a person writes it after `pulumi config set --path`: `fleet:operators[0].name`. */
function problem([key, ...inner]: readonly PropertyKey[], message: string): Problem {
  const rest = inner.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('');
  return { path: `config ${NAMESPACE}:${String(key)}${rest}`, message };
}

function problemsOfIssue(issue: z.core.$ZodIssue, stack: string, given: Record<string, unknown>): Problem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) =>
      problem([...issue.path, key], 'is not a setting of this program; take it out, or correct its name'),
    );
  const [key] = issue.path;
  if (issue.path.length !== 1 || given[String(key)] !== undefined) return [problem(issue.path, issue.message)];
  return [
    problem(
      issue.path,
      isGenerated(String(key))
        ? isMissing(stack)
        : `is missing; give it to \`fleet init --stack ${stack} --set ${String(key)}=…\``,
    ),
  ];
}

/** Public halves of keys that `fleet init` draws. */
const isGenerated = (key: string): boolean => ['deployPublicKey', 'sitePublicKey', 'backupRecipient'].includes(key);

function secretProblems(key: string, value: unknown, isEncrypted: boolean): Problem[] {
  return [
    ...(isEncrypted ? [] : [problem([key], 'is stored in clear text; set it with `pulumi config set --secret`')]),
    ...(isMalformed(key, String(value))
      ? [problem([key], 'does not have the form it should; its value is not shown')]
      : []),
  ];
}

function isMalformed(key: string, value: string): boolean {
  if (['deployPrivateKey', 'sitePrivateKey'].includes(key) || key.startsWith('hostKey-'))
    return !value.startsWith('-----BEGIN OPENSSH PRIVATE KEY-----');
  if (key === 'backupIdentity') return !value.startsWith('AGE-SECRET-KEY-1');
  return false;
}
