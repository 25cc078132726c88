/** A public name for the drill's webhook receiver: the forge calls names of its own zone, and no bare private address. */
import { NAME_TTL_SECONDS } from '../components/cutover';
import type { CloudAccess } from './clouds/cloud';

async function records(cloud: CloudAccess, method: string, path: string, body?: unknown): Promise<{ result: unknown }> {
  const answer = await fetch(`${cloud.cloudflare}/zones/${cloud.zone.id}/dns_records${path}`, {
    method,
    headers: { authorization: `Bearer ${cloud.tokens.cloudflare}`, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`the name for the webhook receiver: the cloud answered ${answer.status}`);
  return (await answer.json()) as { result: unknown };
}

/** Makes `label` of the cloud's zone lead to an address; returns the whole name and what takes it away again. */
export async function temporaryName(
  cloud: CloudAccess,
  label: string,
  address: string,
): Promise<{ name: string; remove: () => Promise<void> }> {
  const name = `${label}.${cloud.zone.name}`;
  await records(cloud, 'POST', '', { type: 'A', name, content: address, ttl: NAME_TTL_SECONDS, proxied: false });
  return { name, remove: nameRemover(cloud, name) };
}

/** What takes a name away again, also one that was made by an earlier drill. */
export const nameRemover = (cloud: CloudAccess, name: string) => async (): Promise<void> => {
  const { result } = await records(cloud, 'GET', `?name=${encodeURIComponent(name)}`);
  for (const { id } of result as Array<{ id: string }>) await records(cloud, 'DELETE', `/${id}`);
};
