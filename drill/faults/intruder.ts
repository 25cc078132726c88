/** Machines on the account that are none of the stack's. */
import { accepts } from '../../components/ssh';
import { act, digitalOcean } from '../console';
import { hostOf, type Seeded } from '../context';
import { until } from './steps';

/** Listens on the public port from its first boot on. */
const USER_DATA = `#cloud-config\n${JSON.stringify({ runcmd: [['systemd-run', '--unit=intruder', 'python3', '-m', 'http.server', '443']] })}\n`;

/** Makes a droplet like the host that the program did not make, and waits until it runs; returns its id. */
export async function stranger(drill: Seeded, name: string, more: object = {}): Promise<number> {
  const { region, size, image } = hostOf(drill);
  const { droplet } = await digitalOcean(drill, 'POST', '/droplets', { name, region, size, image, ...more });
  const path = `/droplets/${droplet.id}`;
  await until(
    drill,
    `the droplet ${name} to boot`,
    async () => (await digitalOcean(drill, 'GET', path)).droplet.status === 'active' || 'not active',
  );
  return droplet.id;
}

/** Makes one that answers where the public names lead, by the reserved IP; returns what takes the address from it again. */
export async function occupy(drill: Seeded): Promise<() => Promise<void>> {
  const address = drill.sshTarget.host;
  const droplet = await stranger(drill, 'intruder', { user_data: USER_DATA });
  await act(drill, `/reserved_ips/${address}`, { type: 'assign', droplet_id: droplet });
  await until(drill, 'the other machine to answer', async () => (await accepts(address, 443)) || 'it does not');
  return async () => {
    await act(drill, `/reserved_ips/${address}`, { type: 'unassign' });
    await until(drill, 'the address to be free', async () => !(await accepts(address, 443)) || 'it answers');
  };
}
