/** `fleet init`: completes the settings of a stack, and makes the stack. Nothing is written before all of it is known to work. */
import { isDeepStrictEqual } from 'node:util';
import { capacityRules } from '../../components/machines/capacity';
import { secretsOfStack } from '../../services/secrets';
import { validateSettings } from '../../services/validate';
import type { Declaration } from '../../stacks';
import { readSetting } from '../../stacks/model/read-settings';
import { NAMESPACE, settingsSchema, type SecretSetting, type Settings } from '../../stacks/model/settings';
import { isStore } from '../../stacks/model/sites';
import { validateDeclaration } from '../../stacks/model/validate';
import { chooseEngine } from '../engines/choose';
import { EXIT, messageOf, UserError } from '../lib/errors';
import { backendDir, configFileOf, passphrase, stackRef } from '../lib/project';
import { StackFile } from '../lib/stack-file';
import { readFile } from '../lib/stack-settings';
import { refuseUnfitStore } from './fit-store';
import { declarationOf, initStack } from './init';

export interface Initialised {
  stack: string;
  /** Names of plain settings that were stored. */
  stored: string[];
  /** Names of settings that were drawn or supplied. */
  made: string[];
  /** Whether the backend did not have the stack. */
  stackMade: boolean;
  engine: string;
  backend: string;
}

/** Completes and makes a stack, from `key=value` texts and what `ask` supplies. Throws one error with every reason why it cannot. */
export async function init(
  stack: string,
  set: string[],
  ask: (secret: SecretSetting) => Promise<string | undefined>,
): Promise<Initialised> {
  const declaration = declarationOf(stack);
  const given = givenSettings(set, declaration);
  refuse(stack, [...complaint(passphrase), ...complaint(backendDir)]);
  const ref = stackRef(stack);
  const file = await StackFile.open(configFileOf(stack), ref.passphrase);
  const { stored, taken } = store(file, given);
  const outcome = await initStack(stack, file, ask);
  refuse(stack, [
    ...taken,
    ...outcome.refused,
    ...outcome.missing.map(
      ({ name, purpose, variable }) =>
        `${name} (${purpose}) is not there; set ${variable} in the environment, or answer the question on a terminal`,
    ),
    ...remaining(
      file,
      declaration,
      outcome.missing.map(({ name }) => name),
    ),
    ...(await unfitStore(file, declaration, [...stored, ...outcome.made])),
  ]);
  file.save();
  const { engine } = await chooseEngine('auto');
  return {
    stack,
    stored,
    made: outcome.made,
    stackMade: await engine.init(ref),
    engine: engine.label,
    backend: ref.backendDir,
  };
}

function refuse(stack: string, reasons: string[]): void {
  if (reasons.length)
    throw new UserError(
      [`Stack ${stack} was not made, and nothing was written:`, ...reasons.map((reason) => `  - ${reason}`)].join('\n'),
      'Fix this and run the same command again.',
    );
}

/** What a step would throw, in one line. */
function complaint(run: () => unknown): string[] {
  try {
    run();
    return [];
  } catch (error) {
    return [[messageOf(error), error instanceof UserError ? error.hint : undefined].filter(Boolean).join(' ')];
  }
}

/** The plain settings of the command line; everything wrong with them is one usage error. A secret has no place there. */
function givenSettings(set: string[], declaration: Declaration): Map<keyof Settings, string> {
  const secrets = secretsOfStack(declaration).map(({ key }) => key);
  const given = new Map<keyof Settings, string>();
  const wrong = set.flatMap((text) => {
    const [, key, value = ''] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
    if (key === undefined) return ['a --set is not of the form key=value'];
    if (secrets.includes(key))
      return [
        `${key} is a secret and does not belong on a command line; give it in the environment, or answer the question`,
      ];
    if (!Object.hasOwn(settingsSchema.shape, key))
      return [`${key} is not a setting; settings are ${Object.keys(settingsSchema.shape).join(', ')}`];
    given.set(key as keyof Settings, value);
    return [];
  });
  if (wrong.length)
    throw new UserError(
      ['The command line is wrong:', ...wrong.map((one) => `  - ${one}`)].join('\n'),
      undefined,
      EXIT.usage,
    );
  return given;
}

/** Puts in what is not there yet. What is there as it was given stays; what differs is never overwritten. */
function store(file: StackFile, given: Map<keyof Settings, string>): { stored: string[]; taken: string[] } {
  const stored: string[] = [];
  const taken: string[] = [];
  for (const [name, value] of given) {
    const key = `${NAMESPACE}:${name}`;
    if (!file.has(key)) {
      file.setPlain(key, structured(value));
      stored.push(key);
    } else if (!isDeepStrictEqual(readSetting(name, file.get(key)), readSetting(name, value))) {
      taken.push(
        `${key} is set to something else already, and fleet init never overwrites; change it with pulumi config set ${key}, or leave it out`,
      );
    }
  }
  return { stored, taken };
}

/** JSON text becomes structure, which a person can read in the file; what is none is left to the reader of settings to refuse. */
function structured(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** What keeps a store that was given now from holding backups. */
async function unfitStore(file: StackFile, declaration: Declaration, changed: string[]): Promise<string[]> {
  // A store that cannot be read out of the settings has been told, and one that this stack is to be is not there yet.
  if (isStore(declaration) || !readFile(file, declaration).settings) return [];
  return refuseUnfitStore(file, changed).then(
    () => [],
    (error: unknown) => [messageOf(error)],
  );
}

/** What the program would refuse, but for what has been told. */
function remaining(file: StackFile, declaration: Declaration, told: string[]): string[] {
  const { settings, problems } = readFile(file, declaration);
  const invalid = validateDeclaration(declaration);
  const rules =
    settings && !invalid.length
      ? [...validateSettings(declaration, settings), ...capacityRules(declaration, settings)]
      : [];
  return [...invalid, ...problems, ...rules]
    .filter(({ path }) => !told.some((name) => path === `config ${name}`))
    .map(({ path, message }) => `${path}: ${message}`);
}
