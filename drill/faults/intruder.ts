/** A machine that is none of the stack's and yet answers where the stack's public names lead. */
import { accepts } from '../../components/ssh';
import { act, digitalOcean } from '../console';
import type { Seeded } from '../context';
import { required } from '../../stacks/model/required';
import { until } from './steps';

/** Listens on the public port from its first boot on. */
const USER_DATA = `#cloud-config\n${JSON.stringify({ runcmd: [['systemd-run', '--unit=intruder', 'python3', '-m', 'http.server', '443']] })}\n`;

/** Makes it and gives it the reserved IP; returns what takes the address from it again. */
export async function occupy(drill: Seeded): Promise<() => Promise<void>> {
  const address = drill.sshTarget.host;
  const host = required(
    drill.declaration.hosts.find(({ name }) => name === drill.hostName),
    'the host',
  );
  const { droplet } = await digitalOcean(drill, 'POST', '/droplets', {
    name: 'intruder',
    region: host.region,
    size: host.size,
    image: host.image,
    user_data: USER_DATA,
  });
  await until(
    drill,
    'the other machine to boot',
    async () =>
      (await digitalOcean(drill, 'GET', `/droplets/${droplet.id}`)).droplet.status === 'active' || 'not active',
  );
  await act(drill, `/reserved_ips/${address}`, { type: 'assign', droplet_id: droplet.id });
  await until(drill, 'the other machine to answer', async () => (await accepts(address, 443)) || 'it does not');
  return async () => {
    await act(drill, `/reserved_ips/${address}`, { type: 'unassign' });
    await until(drill, 'the address to be free', async () => !(await accepts(address, 443)) || 'it answers');
  };
}
