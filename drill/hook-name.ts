/** A public name for the drill's webhook receiver: the forge calls names of its own zone, and no bare private address. */
import { NAME_TTL_SECONDS } from '../components/cutover';
import type { CloudAccess } from './clouds/cloud';
import { records } from './console';

/** Makes `label` of the cloud's zone lead to an address; returns the whole name and what takes it away again. */
export async function temporaryName(
  cloud: CloudAccess,
  label: string,
  address: string,
): Promise<{ name: string; remove: () => Promise<void> }> {
  const name = `${label}.${cloud.zone.name}`;
  await records({ cloud }, 'POST', '', { type: 'A', name, content: address, ttl: NAME_TTL_SECONDS, proxied: false });
  return { name, remove: nameRemover(cloud, name) };
}

/** What takes a name away again, also one that was made by an earlier drill. */
export const nameRemover = (cloud: CloudAccess, name: string) => async (): Promise<void> => {
  const named = (await records({ cloud }, 'GET', `?name=${encodeURIComponent(name)}`)) as Array<{ id: string }>;
  for (const { id } of named) await records({ cloud }, 'DELETE', `/${id}`);
};
