import { randomUUID } from 'node:crypto';
import { EngineError } from '../errors';
import { factoryOf } from '../providers/registry';
import { Call, CheckFailure, CheckResult, DiffResult, Known, NO_DIFF, ResourceProvider } from '../providers/types';
import { packageOf } from '../urn';
import { deepEquals, PropertyMap, UNKNOWN } from '../values';

/** The lifecycle of the provider resources themselves. */
export class ProviderResource implements ResourceProvider {
  constructor(
    private readonly type: string,
    private readonly version: string,
    private readonly isDefault: boolean,
  ) {}

  check(_call: Call, news: PropertyMap): CheckResult {
    const factory = factoryOf(packageOf(this.type));
    const failures: CheckFailure[] = [];
    // Stack configuration of the package's namespace may hold keys of the program's own; arguments may not.
    const allowed = [...factory.configKeys, 'version'];
    const strange = this.isDefault ? undefined : Object.keys(news).find((key) => !allowed.includes(key));
    if (strange !== undefined)
      failures.push({ property: strange, reason: 'is not a provider argument that the embedded engine implements' });
    const inputs: PropertyMap = { ...news, ...factory.extraInputs, __internal: {} };
    if (this.version !== '') inputs.version = this.version;
    return { inputs, failures };
  }

  diff(old: Known, news: PropertyMap): DiffResult {
    const { __internal: _, ...before } = old.inputs;
    const { __internal: __, ...now } = news;
    return deepEquals(before, now) ? NO_DIFF : { ...NO_DIFF, changed: true };
  }

  private outputs(inputs: PropertyMap): PropertyMap {
    const { __internal: _, ...outputs } = inputs;
    return outputs;
  }

  async create(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }> {
    return { id: call.preview ? UNKNOWN : randomUUID(), outputs: this.outputs(inputs) };
  }

  async update(_call: Call, _old: Known, news: PropertyMap): Promise<PropertyMap> {
    return this.outputs(news);
  }

  async read(_call: Call, old: Known): Promise<{ inputs: PropertyMap; outputs: PropertyMap }> {
    return { inputs: old.inputs, outputs: old.outputs };
  }

  async delete(): Promise<void> {
    throw new EngineError('A provider resource is dropped, never deleted by a provider.');
  }
}
