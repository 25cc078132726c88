import { createHash, randomBytes } from 'node:crypto';
import { EngineError } from '../errors';
import {
  compact,
  containsSecret,
  containsUnknown,
  deepEquals,
  isObject,
  PropertyMap,
  secret,
  UNKNOWN,
  unwrap,
  unwrapAll,
  Value,
} from '../values';
import { Call, CheckFailure, CheckResult, DiffKind, DiffResult, Known, NO_DIFF, ResourceProvider } from './types';

export interface Field {
  type: 'string' | 'number' | 'bool' | 'strings' | 'any';
  required?: boolean;
  /** A change needs a new resource. */
  forceNew?: boolean;
  /** Leaving it out accepts whatever the API says. */
  computed?: boolean;
  /** Value of an input that is left out, written into the inputs. */
  default?: Value;
  /** The order of the elements means nothing. */
  set?: boolean;
  /** The API does not tell, so a read keeps what is stored. */
  writeOnly?: boolean;
  /** Comparison form, for what the API spells in another way. */
  normalise?: (value: Value) => Value;
}

export interface Schema {
  fields: Record<string, Field>;
  /** Outputs that are not inputs. */
  computed: readonly string[];
  /** Longest automatic name; without it there is none. */
  autoname?: number;
}

const DEFAULTS = '__defaults';

/** Takes API values out of the inputs: marks off, bookkeeping off. */
export function plain(inputs: PropertyMap): PropertyMap {
  const { [DEFAULTS]: _, ...rest } = unwrapAll(inputs);
  return rest;
}

/** The text of an input that `check` requires. */
export function textOf(inputs: PropertyMap, key: string): string {
  const value = inputs[key];
  if (value === undefined) throw new EngineError(`The inputs of this resource have no '${key}'.`);
  return String(value);
}

/** SHA-1, the form in which a droplet's user data is kept in outputs. */
export const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');

function isZero(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

function coerce(value: Value, type: Field['type']): Value | undefined {
  if (value === UNKNOWN || value === null) return value;
  if (type === 'any') return value;
  if (type === 'strings') {
    if (!Array.isArray(value)) return undefined;
    const items = value.map((item) => coerce(item, 'string'));
    return items.some((item) => item === undefined) ? undefined : (items as Value[]);
  }
  if (type === 'string')
    return typeof value === 'string' ? value : typeof value === 'object' ? undefined : String(value);
  if (type === 'number') {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof number === 'number' && !Number.isNaN(number) ? number : undefined;
  }
  if (value === 'true' || value === 'false') return value === 'true';
  return typeof value === 'boolean' ? value : undefined;
}

/** Common behaviour of resources whose official provider is a bridged Terraform one. */
export abstract class BridgedResource implements ResourceProvider {
  protected abstract readonly schema: Schema;

  /** Creates it; returns the id and the outputs. */
  protected abstract make(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }>;
  /** Changes it in place; returns the outputs. */
  protected abstract change(call: Call, id: string, inputs: PropertyMap, old: PropertyMap): Promise<PropertyMap>;
  /** Its outputs as the API has them now, or nothing when it is gone. */
  protected abstract look(
    call: Call,
    id: string,
    inputs: PropertyMap,
    old: PropertyMap,
  ): Promise<PropertyMap | undefined>;
  protected abstract remove(call: Call, id: string, old: PropertyMap): Promise<void>;

  /** Problems that types alone do not show. */
  protected validate(_inputs: PropertyMap): CheckFailure[] {
    return [];
  }

  check(call: Call, news: PropertyMap, olds: PropertyMap | undefined): CheckResult {
    const failures: CheckFailure[] = [];
    const inputs: PropertyMap = {};
    const defaults: string[] = [];
    for (const [key, value] of Object.entries(news)) {
      const field = this.schema.fields[key];
      if (field === undefined) {
        failures.push({ property: key, reason: 'is not an input that the embedded engine implements for this type' });
        continue;
      }
      const coerced = coerce(unwrap(value), field.type);
      if (coerced === undefined)
        failures.push({
          property: key,
          reason: `must be ${field.type === 'strings' ? 'a list of strings' : `a ${field.type}`}`,
        });
      else if (coerced !== null) inputs[key] = containsSecret(value) ? secret(coerced) : coerced;
    }
    if (this.schema.autoname !== undefined && inputs.name === undefined) {
      // The name is part of the old inputs, so it survives updates.
      inputs.name =
        olds?.name ?? `${call.name.slice(0, this.schema.autoname - 8)}-${randomBytes(4).toString('hex').slice(0, 7)}`;
      defaults.push('name');
    }
    for (const [key, field] of Object.entries(this.schema.fields)) {
      if (inputs[key] !== undefined) continue;
      if (field.required) failures.push({ property: key, reason: 'is required' });
      if (field.default !== undefined) {
        inputs[key] = field.default;
        defaults.push(key);
      }
    }
    if (failures.length === 0) failures.push(...this.validate(plain(inputs)));
    return {
      inputs:
        this.schema.autoname === undefined && defaults.length === 0
          ? inputs
          : { [DEFAULTS]: defaults.sort(), ...inputs },
      failures,
    };
  }

  private canonical(field: Field, value: Value | undefined): Value | undefined {
    if (value === undefined || value === null) return undefined;
    const normal = field.normalise === undefined ? value : field.normalise(value);
    if (!field.set || !Array.isArray(normal)) return normal;
    return [...normal].sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  }

  diff(old: Known, news: PropertyMap): DiffResult {
    const inputs = plain(news);
    const outputs = unwrapAll(old.outputs);
    const detailed: Record<string, DiffKind> = {};
    const replaceKeys: string[] = [];
    for (const [key, field] of Object.entries(this.schema.fields)) {
      const kind = this.compare(field, inputs[key], outputs[key]);
      if (kind === undefined) continue;
      detailed[key] = field.forceNew ? (`${kind}-replace` as DiffKind) : kind;
      if (field.forceNew) replaceKeys.push(key);
    }
    if (Object.keys(detailed).length === 0) return NO_DIFF;
    const automatic = Array.isArray(news[DEFAULTS]) && news[DEFAULTS].includes('name');
    return {
      changed: true,
      detailed,
      replaceKeys,
      deleteBeforeReplace: replaceKeys.length > 0 && this.schema.autoname !== undefined && !automatic,
    };
  }

  private compare(
    field: Field,
    now: Value | undefined,
    before: Value | undefined,
  ): 'add' | 'delete' | 'update' | undefined {
    if (containsUnknown(now)) return 'update';
    if (isZero(now)) {
      if ((now === undefined && field.computed) || isZero(before)) return undefined;
      return now === undefined ? 'delete' : 'update';
    }
    if (deepEquals(this.canonical(field, now), this.canonical(field, before))) return undefined;
    return isZero(before) ? 'add' : 'update';
  }

  private planned(inputs: PropertyMap, old: PropertyMap): PropertyMap {
    return { ...old, ...plain(inputs) };
  }

  async create(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }> {
    if (!call.preview) return this.make(call, plain(inputs));
    const optional = Object.entries(this.schema.fields).flatMap(([key, field]) => (field.computed ? [key] : []));
    const unknown = Object.fromEntries([...this.schema.computed, ...optional].map((key) => [key, UNKNOWN]));
    return { id: '', outputs: this.planned(inputs, unknown) };
  }

  async update(call: Call, old: Known, news: PropertyMap): Promise<PropertyMap> {
    const outputs = unwrapAll(old.outputs);
    return call.preview ? this.planned(news, outputs) : this.change(call, old.id, plain(news), outputs);
  }

  async read(call: Call, old: Known): Promise<{ inputs: PropertyMap; outputs: PropertyMap } | undefined> {
    const outputs = await this.look(call, old.id, plain(old.inputs), unwrapAll(old.outputs));
    if (outputs === undefined) return undefined;
    const inputs: PropertyMap = { ...old.inputs };
    for (const [key, field] of Object.entries(this.schema.fields)) {
      const stored = inputs[key];
      if (stored === undefined || field.writeOnly || outputs[key] === undefined) continue;
      if (deepEquals(this.canonical(field, unwrap(stored)), this.canonical(field, outputs[key]))) continue;
      inputs[key] = containsSecret(stored) ? secret(outputs[key]) : outputs[key];
    }
    return { inputs, outputs };
  }

  delete(call: Call, old: Known): Promise<void> {
    return this.remove(call, old.id, unwrapAll(old.outputs));
  }

  /** Deleting what is already gone is an error, as it is officially: the state is stale then. */
  protected gone(what: string): EngineError {
    return new EngineError(
      `${what} does not exist any more; run again with --refresh, so that the state learns of it.`,
    );
  }

  /** Outputs made of inputs and what the API answered. */
  protected merge(inputs: PropertyMap, answer: Record<string, Value | undefined>): PropertyMap {
    return compact({ ...inputs, ...answer });
  }
}
