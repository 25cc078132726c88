import { randomUUID } from 'node:crypto';
import { EngineError } from '../../errors';
import {
  compact,
  containsUnknown,
  deepEquals,
  isArchive,
  isAsset,
  isObject,
  isSecret,
  PropertyMap,
  UNKNOWN,
  unwrap,
  unwrapAll,
  Value,
} from '../../values';
import { Call, CheckFailure, CheckResult, DiffKind, DiffResult, Known, NO_DIFF, ResourceProvider } from '../types';

export type FieldType = 'string' | 'bool' | 'map' | 'strings' | 'list' | 'source' | 'connection' | 'logging';

const TYPE_TEXT: Record<FieldType, string> = {
  string: 'a string',
  bool: 'a boolean',
  map: 'a map of strings',
  strings: 'a list of strings',
  list: 'a list',
  source: 'a file asset, text asset or file archive',
  connection: 'an object',
  logging: 'stdout, stderr, stdoutAndStderr or none',
};

function fits(value: Value, type: FieldType): boolean {
  if (value === UNKNOWN) return true;
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'map':
      return isObject(value) && Object.values(value).every((item) => typeof item === 'string');
    case 'strings':
      return Array.isArray(value) && value.every((item) => typeof item === 'string');
    case 'list':
      return Array.isArray(value);
    case 'source':
      return isAsset(value) || isArchive(value);
    case 'logging':
      return ['stdout', 'stderr', 'stdoutAndStderr', 'none'].includes(String(value));
    case 'connection':
      return isObject(value);
  }
}

/** Eight random hexadecimal digits. */
export const uniqueHex = (): string => randomUUID().slice(0, 8);

/** Path → kind of every difference, arrays by position, a secret as a whole. */
export function detailedDiff(
  old: Value | undefined,
  now: Value | undefined,
  path: string,
  into: Record<string, DiffKind>,
): void {
  if (deepEquals(old, now)) return;
  const missing = (value: Value | undefined): boolean => value === undefined || value === null;
  if (missing(old) || missing(now)) {
    into[path] = missing(old) ? 'add' : 'delete';
    return;
  }
  const opaque = (value: Value | undefined): boolean => isSecret(value) || isAsset(value) || isArchive(value);
  if (opaque(old) || opaque(now)) into[path] = 'update';
  else if (Array.isArray(old) && Array.isArray(now)) {
    for (let i = 0; i < Math.max(old.length, now.length); i++) detailedDiff(old[i], now[i], `${path}[${i}]`, into);
  } else if (isObject(old) && isObject(now)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
      detailedDiff(
        old[key],
        now[key],
        /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`,
        into,
      );
    }
  } else into[path] = 'update';
}

/** What the three resource types of the command provider share. */
export abstract class CommandResource implements ResourceProvider {
  protected abstract readonly fields: Record<string, FieldType>;
  protected abstract readonly required: readonly string[];

  /** Type-specific completion of one checked value; failures are added. */
  protected complete(_key: string, value: Value, _failures: CheckFailure[]): Value {
    return value;
  }

  check(_call: Call, news: PropertyMap): CheckResult {
    const failures: CheckFailure[] = [];
    const inputs: PropertyMap = {};
    for (const [key, value] of Object.entries(news)) {
      const type = this.fields[key];
      if (type === undefined)
        failures.push({ property: key, reason: 'is not an input that the embedded engine implements for this type' });
      else if (value === null) inputs[key] = null;
      else if (!fits(unwrap(value), type)) failures.push({ property: key, reason: `must be ${TYPE_TEXT[type]}` });
      else inputs[key] = this.complete(key, value, failures);
    }
    for (const key of this.required)
      if ((inputs[key] ?? null) === null && !failures.some((failure) => failure.property === key))
        failures.push({ property: key, reason: 'is required' });
    return { inputs, failures };
  }

  diff(old: Known, news: PropertyMap): DiffResult {
    const detailed: Record<string, DiffKind> = {};
    for (const key of new Set([...Object.keys(old.inputs), ...Object.keys(news)])) {
      if (key.startsWith('__') || key === 'version') continue;
      detailedDiff(old.inputs[key], news[key], key, detailed);
    }
    const keys = Object.keys(detailed);
    if (keys.length === 0) return NO_DIFF;
    // Only triggers that come or go as a whole replace by themselves.
    if (detailed.triggers === undefined) return { ...NO_DIFF, changed: true, detailed };
    return {
      changed: true,
      detailed: { ...detailed, triggers: `${detailed.triggers}-replace` as DiffKind },
      replaceKeys: ['triggers'],
      deleteBeforeReplace: false,
    };
  }

  abstract create(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }>;
  abstract update(call: Call, old: Known, news: PropertyMap): Promise<PropertyMap>;

  /** Nothing can be read back, so a refresh never finds a lost host through a command. */
  async read(_call: Call, old: Known): Promise<{ inputs: PropertyMap; outputs: PropertyMap }> {
    return { inputs: old.inputs, outputs: old.outputs };
  }

  async delete(_call: Call, _old: Known): Promise<void> {
    // Nothing to undo unless a type says otherwise.
  }
}

export interface Ran {
  stdout: string;
  stderr: string;
  [extra: string]: Value;
}

/** The commands: create, update and delete texts that are run. */
export abstract class RunnableResource extends CommandResource {
  protected abstract run(call: Call, text: string, inputs: PropertyMap, previous: Ran | undefined): Promise<Ran>;

  private outputs(inputs: PropertyMap, ran: Ran | undefined): PropertyMap {
    return compact({ ...inputs, ...(ran ?? { stdout: '', stderr: '' }) });
  }

  async create(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }> {
    const id = `${call.name}${uniqueHex()}`;
    if (call.preview) return { id, outputs: { ...inputs, stdout: UNKNOWN, stderr: UNKNOWN } };
    const { create } = unwrapAll(inputs);
    const ran = typeof create === 'string' ? await this.run(call, create, unwrapAll(inputs), undefined) : undefined;
    return { id, outputs: this.outputs(inputs, ran) };
  }

  async update(call: Call, old: Known, news: PropertyMap): Promise<PropertyMap> {
    if (call.preview) return { ...news, stdout: UNKNOWN, stderr: UNKNOWN };
    const inputs = unwrapAll(news);
    const previous = this.previous(old);
    const text = inputs.update ?? inputs.create;
    return this.outputs(news, typeof text === 'string' ? await this.run(call, text, inputs, previous) : previous);
  }

  override async delete(call: Call, old: Known): Promise<void> {
    const inputs = unwrapAll(old.inputs);
    if (typeof inputs.delete === 'string') await this.run(call, inputs.delete, inputs, this.previous(old));
  }

  private previous(old: Known): Ran {
    const { stdout, stderr } = unwrapAll(old.outputs);
    if (typeof stdout !== 'string' || typeof stderr !== 'string')
      throw new EngineError(
        'The state of this command holds no stdout and stderr; it was not made by the command provider.',
      );
    return { stdout, stderr };
  }
}

/** Whether inputs may be used now; a create never gets unknown ones. */
export function requireKnown(inputs: PropertyMap): void {
  if (containsUnknown(inputs)) throw new EngineError('An input is not known yet.');
}

/** Without the one newline that a command's last line ends in. */
export const trimNewline = (text: string): string => text.replace(/\n$/, '');
