import { PropertyMap, Value } from '../../values';
import { BridgedResource, plain, Schema, textOf } from '../bridge';
import { Call } from '../types';
import { attempt, DigitalOceanApi, Json } from './api';

const COUNTS: Record<string, string> = {
  dropletsCount: 'droplets',
  imagesCount: 'images',
  volumesCount: 'volumes',
  volumeSnapshotsCount: 'volume_snapshots',
  databasesCount: 'databases',
};

function outputs(tag: Json): PropertyMap {
  const resources = (tag.resources ?? {}) as Record<string, { count?: number } | undefined> & { count?: number };
  const counts = Object.entries(COUNTS).map(([key, name]): [string, Value] => [key, resources[name]?.count ?? 0]);
  return {
    id: tag.name as Value,
    name: tag.name as Value,
    totalResourceCount: resources.count ?? 0,
    ...Object.fromEntries(counts),
  };
}

/** `digitalocean:index/tag:Tag` */
export class Tag extends BridgedResource {
  protected readonly schema: Schema = {
    autoname: 255,
    fields: { name: { type: 'string', forceNew: true } },
    computed: ['totalResourceCount', ...Object.keys(COUNTS)],
  };

  constructor(private readonly api: DigitalOceanApi) {
    super();
  }

  protected async make(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap }> {
    await attempt('Error creating tag', () => this.api.send(call, 'POST', '/v2/tags', 'tag', { name: inputs.name }));
    return {
      id: String(inputs.name),
      outputs: outputs(await this.api.send(call, 'GET', `/v2/tags/${String(inputs.name)}`, 'tag')),
    };
  }

  async adopt(call: Call, inputs: PropertyMap): Promise<{ id: string; outputs: PropertyMap } | undefined> {
    const name = textOf(plain(inputs), 'name');
    const found = await this.look(call, name);
    return found === undefined ? undefined : { id: name, outputs: found };
  }

  protected async change(): Promise<PropertyMap> {
    throw new Error('A tag has nothing that changes in place.');
  }

  protected async look(call: Call, id: string): Promise<PropertyMap | undefined> {
    const tag = await attempt('Error retrieving tag', () => this.api.find(call, `/v2/tags/${id}`, 'tag'));
    return tag === undefined ? undefined : outputs(tag);
  }

  protected async remove(call: Call, id: string): Promise<void> {
    if (!(await attempt('Error deleting tag', () => this.api.remove(call, `/v2/tags/${id}`))))
      throw this.gone(`Tag ${id}`);
  }
}
