import { Value } from '../../values';
import { Call } from '../types';
import { DigitalOceanApi } from './api';

const names = (tags: Value | undefined): string[] => (Array.isArray(tags) ? tags.map(String) : []);

/** Moves a resource from one set of tags to another. */
export async function retag(
  call: Call,
  api: DigitalOceanApi,
  resource: { id: string; type: string },
  before: Value | undefined,
  after: Value | undefined,
): Promise<void> {
  const old = new Set(names(before));
  const wanted = new Set(names(after));
  const body = { resources: [{ resource_id: resource.id, resource_type: resource.type }] };
  for (const tag of old)
    if (!wanted.has(tag)) await api.send(call, 'DELETE', `/v2/tags/${tag}/resources`, undefined, body);
  for (const tag of wanted) {
    if (old.has(tag)) continue;
    await api.send(call, 'POST', '/v2/tags', 'tag', { name: tag });
    await api.send(call, 'POST', `/v2/tags/${tag}/resources`, undefined, body);
  }
}
