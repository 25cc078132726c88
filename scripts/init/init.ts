/** Fills in what a stack's settings file still lacks. Never overwrites, never shows a value. */
import { secretsOfStack } from '../../services/secrets';
import { declarationNamed, declarations, type Declaration } from '../../stacks';
import { NAMESPACE, hostPublicKey, type SecretSetting } from '../../stacks/model/settings';
import { UserError } from '../lib/errors';
import type { StackFile } from '../lib/stack-file';
import { ageIdentity, publicOfSshKey, recipientOf, sshKey, token, type Generated } from './generate';

export interface InitOutcome {
  /** Names of settings that were made now. */
  made: string[];
  /** What cannot be made, one sentence each. */
  refused: string[];
  /** Names of settings that only a person can supply and did not. */
  missing: Array<{ name: string; purpose: string; variable: string }>;
}

/** The declaration of a stack; an unknown name is a usage error. */
export function declarationOf(stack: string): Declaration {
  const declaration = declarationNamed(stack);
  if (!declaration)
    throw new UserError(`There is no stack ${stack}.`, `Declared are: ${Object.keys(declarations).join(', ')}.`, 2);
  return declaration;
}

/** Environment variable that supplies a secret: `storeAccessKey` → `FLEET_STORE_ACCESS_KEY`. */
export const variableOf = (key: string): string =>
  `FLEET_${key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/-/g, '_')
    .toUpperCase()}`;

/** Makes what is missing in `file`; `ask` returns what a person or the environment supplies. The caller saves the file. */
export async function initStack(
  stack: string,
  file: StackFile,
  ask: (secret: SecretSetting) => Promise<string | undefined>,
): Promise<InitOutcome> {
  const outcome: InitOutcome = { made: [], refused: [], missing: [] };
  for (const secret of secretsOfStack(declarationOf(stack))) {
    // Off until somebody sets it.
    if (secret.optional) continue;
    const publicName = publicNameOf(secret);
    const key = `${NAMESPACE}:${secret.key}`;
    const publicKey = publicName && `${NAMESPACE}:${publicName}`;
    if (file.has(key)) {
      if (publicKey && !file.has(publicKey)) {
        file.setPlain(publicKey, await publicHalf(secret, file.text(key)));
        outcome.made.push(publicKey);
      }
      continue;
    }
    if (publicKey && file.has(publicKey)) {
      outcome.refused.push(
        `${publicKey} is set, but its secret half ${key} is not; set the secret that belongs to it (pulumi config set --secret ${key}), or take ${publicKey} out to have both made anew`,
      );
      continue;
    }
    const generated = await generate(secret, stack, ask);
    if (!generated) {
      outcome.missing.push({ name: key, purpose: secret.purpose, variable: variableOf(secret.key) });
      continue;
    }
    file.setSecret(key, generated.secret);
    outcome.made.push(key);
    if (publicKey && generated.publicHalf) {
      file.setPlain(publicKey, generated.publicHalf);
      outcome.made.push(publicKey);
    }
  }
  return outcome;
}

/** Plain setting that holds the public half. */
function publicNameOf(secret: SecretSetting): string | undefined {
  if (secret.publicKey) return secret.publicKey;
  return secret.key.startsWith('hostKey-') ? hostPublicKey(secret.key.slice('hostKey-'.length)) : undefined;
}

async function generate(
  secret: SecretSetting,
  stack: string,
  ask: (secret: SecretSetting) => Promise<string | undefined>,
): Promise<Generated | undefined> {
  switch (secret.generate) {
    case 'token':
      return token();
    case 'ssh-key':
      return sshKey(commentOf(secret, stack));
    case 'age-identity':
      return ageIdentity();
    case 'ask': {
      const value = (await ask(secret))?.trim();
      return value ? { secret: value } : undefined;
    }
  }
}

function publicHalf(secret: SecretSetting, value: string): Promise<string> | string {
  return secret.generate === 'age-identity' ? recipientOf(value) : publicOfSshKey(value, secret.key);
}

const commentOf = (secret: SecretSetting, stack: string): string => `${stack}-${secret.key}`;
