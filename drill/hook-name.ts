/** A public name for the drill's webhook receiver: the forge calls names of its own zone, and no bare private address. */
import { NAME_TTL_SECONDS } from '../components/cutover';
import { records } from './console';
import type { OnCloud } from './context';

/** Makes `label` of the cloud's zone lead to an address; returns the whole name. */
export async function addName(drill: OnCloud, label: string, address: string): Promise<string> {
  const name = `${label}.${drill.cloud.zone.name}`;
  await records(drill, 'POST', '', { type: 'A', name, content: address, ttl: NAME_TTL_SECONDS, proxied: false });
  return name;
}

/** Takes a name away again, also one that was made by an earlier drill. */
export async function removeName(drill: OnCloud, name: string): Promise<void> {
  for (const { id } of await records(drill, 'GET', `?name=${encodeURIComponent(name)}`))
    await records(drill, 'DELETE', `/${id}`);
}
