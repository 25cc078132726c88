import { plan, urls } from './address-plan';
import type { Settings } from './daemon/settings';
import { STORE_REGION } from './store/gateway';

export interface CloudEndpoints {
  digitalocean: string;
  cloudflare: string;
  control: string;
  tokens: { digitalocean: string; cloudflare: string };
  zone: { id: string; name: string };
  nameserver: string;
  store: { endpoint: string; region: string; adminAccessKey: string; adminSecretKey: string };
  /** Serves what the played release hosts serve, in clear, for who tries a mirror. */
  mirror: string;
  /** PEM of the roots that hosts trust beside the public ones: all that a client needs to trust names that the cloud plays. */
  roots: string;
  /** What stands in for the real thing, for reports. */
  standIns: string[];
  cacheDir: string;
  pid: number;
}

export const STAND_INS = [
  'DigitalOcean API: embedded cloud',
  'Droplets: systemd-nspawn containers on this machine, Debian 12, sharing its kernel, cores and disk',
  'The provider’s image and first boot: Debian 12 with the packages of Debian’s own cloud image, and the provider’s data for cloud-init as far as it is known; its agent cannot be had, only its use of apt',
  'Cloud firewalls and reserved IPs: nftables in a network namespace of this machine',
  'Cloudflare API and name servers: embedded cloud',
  'Object storage: versitygw on this machine',
  'Let’s Encrypt: Pebble, its own test server, on this machine; its staging is the same server',
  'Debian archives: apt-cacher-ng on this machine (the real packages)',
  'Release hosts (github.com, dl.gitea.com, downloads.rclone.org) and the Python index: played under their names by this machine, in their makers’ form; Gitea (without built JavaScript) and litestream built from their Go modules, rclone and caddy from wheels of the Python index',
];

export function endpointsOf(
  { tokens, zone, store }: Settings,
  roots: string,
  cacheDir: string,
  pid: number,
): CloudEndpoints {
  return {
    digitalocean: urls.api,
    cloudflare: `${urls.api}/client/v4`,
    control: `${urls.api}/_cloud`,
    tokens,
    zone,
    nameserver: plan.services,
    store: {
      endpoint: urls.store,
      region: STORE_REGION,
      adminAccessKey: store.accessKey,
      adminSecretKey: store.secretKey,
    },
    mirror: urls.mirror,
    roots,
    standIns: [...STAND_INS],
    cacheDir,
    pid,
  };
}
