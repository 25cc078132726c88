import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands';
import type { Paths } from '../paths';
import type { Part } from './part';

/** What DigitalOcean's debian-12-x64 brings and a rebuild may count on. Whatever a service needs beyond it is installed during the rebuild. */
const PACKAGES = [
  'systemd', 'systemd-sysv', 'systemd-timesyncd', 'libpam-systemd', 'dbus', 'dbus-user-session', 'udev', 'kmod', 'init', 'cloud-init', 'openssh-server',
  'python3', 'sudo', 'curl', 'wget', 'ca-certificates', 'gnupg', 'openssl', 'cron', 'logrotate', 'nftables', 'iproute2', 'iputils-ping', 'netbase',
  'procps', 'psmisc', 'less', 'vim-tiny', 'lsb-release', 'tzdata', 'xz-utils', 'bzip2',
];

const customize = join(__dirname, '../image/customize.sh');

/** A folder that is never written to; hosts lay their own layer over it. Its name changes with its recipe. */
export function imagePath({ images }: Paths): string {
  const recipe = createHash('sha256').update(PACKAGES.join(' ')).update(readFileSync(customize)).digest('hex').slice(0, 10);
  return join(images, `debian-12-${recipe}`);
}

/** The system that every host boots. */
export function image(paths: Paths): Part {
  return {
    title: 'Building the Debian 12 image of the hosts (a minute or three, once)',
    target: imagePath(paths),
    make: async (work) => {
      const root = join(work, 'root');
      await run('nice', ['mmdebstrap', '--quiet', '--variant=minbase', `--include=${PACKAGES.join(',')}`, `--customize-hook=bash ${customize} "$1"`, 'bookworm', root], { timeoutMs: 30 * 60_000 });
      return root;
    },
  };
}
