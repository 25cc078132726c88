/**
 * What a new droplet of debian-12-x64 has and does at its first boot. The provider publishes nothing of this; what others saw on droplets, and the
 * sources of the programs that run there, is all there is. Each `check` is for a droplet that was just made.
 */
import type { Fact } from './fact';

/** cloud-config that the provider gives every droplet beside ours. */
export const vendorConfig: Fact<{ disable_root: boolean; manage_etc_hosts: boolean }> = {
  value: { disable_root: false, manage_etc_hosts: true },
  source:
    'canonical/cloud-init, tests/unittests/sources/test_digitalocean.py, DO_META_2: metadata of a droplet; nothing newer was found',
  checked: '2026-11-30',
  check: 'cat /var/lib/cloud/instance/vendor-data.txt /etc/cloud/cloud.cfg.d/*',
};

/** Whose cloud-config wins, strongest first: so only our own user data can take back what the vendor's says, and a file of the image cannot. */
export const configRanks: Fact<string[]> = {
  value: ['user data', 'vendor data', 'files of /etc/cloud/cloud.cfg.d'],
  source: 'canonical/cloud-init 22.4.2, cloudinit/helpers.py, ConfigMerger._get_instance_configs and _read_cfg',
  checked: '2026-11-30',
  check: 'reboot; after it: grep manage_etc_hosts /etc/hosts',
};

/** How the data reaches cloud-init; the embedded cloud's hosts cannot have a drive and get the same data as NoCloud. */
export const datasource: Fact<string> = {
  value:
    'ConfigDrive (a drive with the label config-2); the datasource DigitalOcean is deprecated since cloud-init 23.2',
  source:
    'alexandrkaa/devops_hexlet, ansible/11_filters/facts.sh: facts of a debian-12 droplet; canonical/cloud-init, DataSourceDigitalOcean.py',
  checked: '2026-11-30',
  check: 'cloud-id; cloud-init --version; lsblk -o NAME,LABEL',
};

/** The agent for the web console: installed unless the order for the droplet says no, by apt, in up to five tries a minute apart; later an hourly timer updates it. */
export const agent: Fact<{ isDefault: boolean; packages: string[]; isUpdatedHourly: boolean }> = {
  value: { isDefault: true, packages: ['ca-certificates', 'apt-utils', 'apt-transport-https'], isUpdatedHourly: true },
  source:
    'digitalocean/openapi, droplet_create.yml, with_droplet_agent; digitalocean/droplet-agent, packaging/scripts/install.sh and packaging/syscfg/systemd/droplet-agent-update.timer',
  checked: '2026-11-30',
  check: 'systemctl list-units "droplet-agent*" --all; grep -i agent /var/log/cloud-init-output.log',
};

/** The first boot runs apt by itself while SSH answers already. */
export const aptAtBoot: Fact<boolean> = {
  value: true,
  source:
    'docker-archive-public/docker.machine#4675, digitalocean/terraform-provider-digitalocean#595, devopsgroup-io/vagrant-digitalocean#281, digitalocean/marketplace-partners#167',
  checked: '2026-11-30',
  check: 'grep -c . /var/log/apt/history.log; systemd-analyze blame | grep -E "cloud-|apt-"',
};

/** apt-get waits for dpkg's locks where DPkg::Lock::Timeout says so, and for the lists' lock never. */
export const aptListsLock: Fact<string> = {
  value: '/var/lib/apt/lists/lock',
  source:
    'apt 2.6.1, apt-pkg/acquire.cc, pkgAcquire::GetLock; DPkg::Lock::Timeout is read in apt-pkg/deb/debsystem.cc only',
  checked: '2026-11-30',
  check: 'apt-get update & apt-get -o DPkg::Lock::Timeout=60 update',
};

/** Lock under which apt's daily run works, unattended-upgrades included; it waits an hour for it. */
export const aptDailyLock: Fact<string> = {
  value: '/var/lib/apt/daily_lock',
  source: 'apt 2.6.1, /usr/lib/apt/apt.systemd.daily',
  checked: '2026-11-30',
  check: 'grep -n daily_lock /usr/lib/apt/apt.systemd.daily',
};

/**
 * The provider's image is made from Debian's own cloud image: the same three partitions, the same resolver. So what that one installs is sure
 * to be there, and what it does not install is not.
 */
export const packages: Fact<{ sure: string[]; notSure: string[] }> = {
  value: {
    sure: [
      'apt-utils',
      'ca-certificates',
      'cloud-init',
      'dbus',
      'init',
      'iproute2',
      'iputils-ping',
      'kmod',
      'less',
      'libnss-myhostname',
      'libpam-systemd',
      'nano',
      'netbase',
      'openssh-server',
      'procps',
      'sudo',
      'systemd-resolved',
      'systemd-sysv',
      'systemd-timesyncd',
      'tzdata',
      'udev',
      'unattended-upgrades',
      'vim-tiny',
      'whiptail',
    ],
    notSure: ['cron', 'curl', 'gnupg', 'logrotate', 'nftables', 'wget', 'xz-utils'],
  },
  source:
    'Debian cloud team, debian-cloud-images, config_space/bookworm/package_config (SYSTEM_BOOT, CLOUD, EXTRAS) on debootstrap --variant minbase (read in GoCarrot/debian-cloud-images); the partitions: alexandrkaa/devops_hexlet, as above',
  checked: '2026-11-30',
  check:
    'for p in nft curl openssl python3 setpriv flock; do command -v $p || echo "no $p"; done; dpkg-query -W nftables curl wget gnupg unattended-upgrades systemd-resolved',
};

/** systemd-resolved answers at 127.0.0.53; /etc/resolv.conf leads to its list of the servers behind it, on some images to itself. Both are met. */
export const resolver: Fact<{ resolvConf: string; stub: string }> = {
  value: { resolvConf: '/run/systemd/resolve/resolv.conf', stub: '127.0.0.53' },
  source:
    'Debian cloud team, debian-cloud-images, config_space/bookworm/scripts/SYSTEM_BOOT/20-enable-systemd-resolved; nameservers of a debian-12 droplet in alexandrkaa/devops_hexlet, as above',
  checked: '2026-11-30',
  check: 'readlink -f /etc/resolv.conf; grep nameserver /etc/resolv.conf; grep hosts: /etc/nsswitch.conf',
};
