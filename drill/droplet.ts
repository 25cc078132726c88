/** Which machine a drill is about. */
import { digitalOcean } from './console';
import { need, type Drill } from './context';

/** The droplet that the public address leads to. */
export async function dropletOf(drill: Drill): Promise<number> {
  const address = need(drill.sshTarget, 'the address').host;
  const { reserved_ip: reserved } = await digitalOcean(drill, 'GET', `/reserved_ips/${address}`);
  return need<number>(reserved.droplet?.id, `the droplet behind ${address}`);
}
