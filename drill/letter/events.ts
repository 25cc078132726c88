/** What happens to the fleet between two commands of the documents. */
import type { CloudEndpoints } from '../../localcloud/index';
import { ask } from '../ask';

/** By the words of the documents: how the embedded cloud does it. */
const ACTS: Record<string, string> = { 'the droplet is gone': 'destroy', 'the host hangs': 'hang' };

interface Seen {
  id: number;
  name: string;
  reservedIps: string[];
}

/** Strikes the host that the public names lead to. */
export async function strike(cloud: CloudEndpoints, what: string): Promise<void> {
  const act = ACTS[what];
  if (!act) throw new Error(`the letter does not know how to make "${what}"; it knows ${Object.keys(ACTS).join(', ')}`);
  const { droplets } = await ask<{ droplets: Seen[] }>(`${cloud.control}/droplets`);
  const host = droplets.find(({ reservedIps }) => reservedIps.length);
  if (!host) throw new Error('no droplet has a reserved IP, so there is none to strike');
  await ask(`${cloud.control}/droplets/${host.id}/${act}`, { method: 'POST' });
}
