/** Which machine a drill is about. */
import { need, type Drill } from './context';

/** The droplet that the public address leads to. */
export async function dropletOf(drill: Drill): Promise<number> {
  const cloud = need(drill.cloud, 'the cloud');
  const address = need(drill.sshTarget, 'the address').host;
  const answer = await fetch(`${cloud.digitalocean}/v2/reserved_ips/${address}`, {
    headers: { authorization: `Bearer ${cloud.tokens.digitalocean}` },
  });
  const body = (await answer.json()) as { reserved_ip?: { droplet?: { id: number } | null } };
  return need(body.reserved_ip?.droplet?.id, `the droplet behind ${address}`);
}
