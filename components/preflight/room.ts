/** Whether the account has room for one droplet more: the one that serves stays until its successor has taken over. */
import type { Host } from '../../stacks';
import type { DigitalOceanApi } from './apis';

/** One sentence if the limit of the account is reached. */
export async function checkRoom(
  api: Pick<DigitalOceanApi, 'dropletLimit' | 'droplets'>,
  host: Host,
): Promise<string[]> {
  const [limit, droplets] = await Promise.all([api.dropletLimit(), api.droplets()]);
  return droplets.length >= limit
    ? [
        `the account holds ${droplets.length} droplets and may hold ${limit}, so a new one for ${host.name} would be refused; delete one that is not needed, or ask DigitalOcean to raise the limit (Account > Team settings)`,
      ]
    : [];
}
