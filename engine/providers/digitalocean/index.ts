import { requireRehearsalUrl } from '../../endpoints';
import { PropertyMap } from '../../values';
import { Environment, Package, PackageFactory, ResourceProvider } from '../types';
import { DigitalOceanApi } from './api';
import { Droplet } from './droplet';
import { Firewall } from './firewall';
import { ReservedIp, ReservedIpAssignment } from './reservedIp';
import { SshKey } from './sshKey';
import { Tag } from './tag';
import { UptimeAlert, UptimeCheck } from './uptime';

const RESOURCES: Record<string, new (api: DigitalOceanApi) => ResourceProvider> = {
  'digitalocean:index/droplet:Droplet': Droplet,
  'digitalocean:index/firewall:Firewall': Firewall,
  'digitalocean:index/reservedIp:ReservedIp': ReservedIp,
  'digitalocean:index/reservedIpAssignment:ReservedIpAssignment': ReservedIpAssignment,
  'digitalocean:index/sshKey:SshKey': SshKey,
  'digitalocean:index/tag:Tag': Tag,
  'digitalocean:index/uptimeAlert:UptimeAlert': UptimeAlert,
  'digitalocean:index/uptimeCheck:UptimeCheck': UptimeCheck,
};

function configure(config: PropertyMap, { env }: Environment): Package {
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
  const base = requireRehearsalUrl(text(config.apiEndpoint) ?? env.DIGITALOCEAN_API_URL, 'DIGITALOCEAN_API_URL');
  const token = text(config.token) ?? text(env.DIGITALOCEAN_TOKEN) ?? text(env.DIGITALOCEAN_ACCESS_TOKEN) ?? '';
  const api = new DigitalOceanApi(base, token, env);
  const made = new Map<string, ResourceProvider>();
  return {
    resource(type) {
      const Resource = RESOURCES[type];
      if (Resource === undefined) return undefined;
      if (!made.has(type)) made.set(type, new Resource(api));
      return made.get(type);
    },
  };
}

/** The DigitalOcean provider. */
export const digitalocean: PackageFactory = { configKeys: ['apiEndpoint', 'token'], configure };
