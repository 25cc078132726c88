import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands';
import type { Paths } from '../paths';
import type { Part } from './part';

/**
 * What is sure to be in DigitalOcean's debian-12-x64, and nothing else: it is made from Debian's own cloud image (`stacks/outside/first-boot.ts`).
 * There is no nftables, curl, wget, gnupg or cron in that one. Whatever a host needs beyond it is installed during the rebuild.
 */
export const PACKAGES = [
  'init',
  'systemd-sysv',
  'systemd-timesyncd',
  'systemd-resolved',
  'libnss-myhostname',
  'libpam-systemd',
  'dbus',
  'udev',
  'kmod',
  'cloud-init',
  'openssh-server',
  'sudo',
  'unattended-upgrades',
  'apt-utils',
  'ca-certificates',
  'iproute2',
  'iputils-ping',
  'netbase',
  'procps',
  'less',
  'nano',
  'vim-tiny',
  'whiptail',
  'tzdata',
];

const customize = join(__dirname, '../image/customize.sh');

/** A folder that is never written to; hosts lay their own layer over it. Its name changes with its recipe. */
export function imagePath({ images }: Paths): string {
  const recipe = createHash('sha256')
    .update(PACKAGES.join(' '))
    .update(readFileSync(customize))
    .digest('hex')
    .slice(0, 10);
  return join(images, `debian-12-${recipe}`);
}

/** The system that every host boots. */
export function image(paths: Paths): Part {
  return {
    title: 'Building the Debian 12 image of the hosts (a minute or three, once)',
    target: imagePath(paths),
    make: async (work) => {
      const root = join(work, 'root');
      await run(
        'nice',
        [
          'mmdebstrap',
          '--quiet',
          '--variant=minbase',
          `--include=${PACKAGES.join(',')}`,
          `--customize-hook=bash ${customize} "$1"`,
          'bookworm',
          root,
        ],
        { timeoutMs: 30 * 60_000 },
      );
      return root;
    },
  };
}
