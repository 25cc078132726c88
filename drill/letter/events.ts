/** What happens to the fleet between two commands of the documents. */
import type { CloudEndpoints } from '../../localcloud/index';

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
  const { droplets } = (await (await fetch(`${cloud.control}/droplets`)).json()) as { droplets: Seen[] };
  const host = droplets.find(({ reservedIps }) => reservedIps.length);
  if (!host) throw new Error('no droplet has a reserved IP, so there is none to strike');
  const answer = await fetch(`${cloud.control}/droplets/${host.id}/${act}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`the cloud answered ${answer.status} to ${act} of ${host.name}`);
}
