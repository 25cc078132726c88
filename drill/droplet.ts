/** Which machine a drill is about. */
import { digitalOcean } from './console';
import type { Stack } from './context';
import { required } from '../stacks/model/required';

/** The droplet that the public address leads to. */
export async function dropletOf({ cloud, sshTarget: { host } }: Stack): Promise<number> {
  const { reserved_ip: address } = await digitalOcean({ cloud }, 'GET', `/reserved_ips/${host}`);
  return required(address.droplet?.id, `the droplet behind ${host}`);
}
