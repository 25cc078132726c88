/** What is known of droplets without asking anybody. */
import { reservedIpUsdPerMonth, uptimeCheckUsdPerMonth } from '../../../stacks/outside/prices';
import { sizes } from '../../../stacks/outside/sizes';
import { required } from '../../../stacks/model/required';
import type { MachineDriver, MachineWords } from '../driver';
import { refreshReads } from './scopes';

export const words: MachineWords = {
  noun: 'droplet',
  entrance: 'reserved IP',
  tool: 'doctl',
  console: 'https://cloud.digitalocean.com/account',
  make: ({ name, region, size, image }, { key, tag, userData }) => [
    `KEY=$(doctl compute ssh-key list --format FingerPrint,Name --no-header | awk '$2 == "${key}" {print $1}')`,
    `ID=$(doctl compute droplet create ${name} --region ${region} --size ${size} --image ${image} --ssh-keys $KEY --tag-names ${tag} --user-data-file ${userData} --droplet-agent=false --wait --format ID --no-header)`,
    'IP=$(doctl compute droplet get $ID --format PublicIPv4 --no-header)',
  ],
  list: 'doctl compute droplet list --format ID,Name,Status,PublicIPv4,Tags',
  powerOff: (id) => `doctl compute droplet-action power-off ${id} --wait`,
  snapshot: (id) => `doctl compute droplet-action snapshot ${id} --snapshot-name <name> --wait`,
  lead: (entrance, id) => `doctl compute reserved-ip-action assign ${entrance} ${id}`,
  remove: (id) => `doctl compute droplet delete ${id}`,
  powerOn: (id) => `doctl compute droplet-action power-on ${id} --wait`,
  restart: (id) => `doctl compute droplet-action power-cycle ${id} --wait`,
  removeFirewall: (id) => `doctl compute firewall delete ${id}`,
};

/** Types of a state, by what they are to the program. */
export const TYPES = {
  machine: 'digitalocean:index/droplet:Droplet',
  entrance: 'digitalocean:index/reservedIp:ReservedIp',
  lead: 'digitalocean:index/reservedIpAssignment:ReservedIpAssignment',
  key: 'digitalocean:index/sshKey:SshKey',
  firewall: 'digitalocean:index/firewall:Firewall',
  tag: 'digitalocean:index/tag:Tag',
} as const;

export const facts: Omit<MachineDriver, 'account'> = {
  provider: 'DigitalOcean',
  package: 'digitalocean',
  words,
  tokenVariables: ['DIGITALOCEAN_TOKEN', 'DIGITALOCEAN_ACCESS_TOKEN'],
  placeVariables: ['DIGITALOCEAN_API_URL'],
  sizes: sizes.value,
  capacity: ({ size }) => required(sizes.value[size], `size ${size} in the size table`),
  usdPerMonth: {
    entrance: reservedIpUsdPerMonth.value.assigned,
    idleEntrance: reservedIpUsdPerMonth.value.unassigned,
    uptimeCheck: uptimeCheckUsdPerMonth.value.each,
  },
  freeUptimeChecks: uptimeCheckUsdPerMonth.value.free,
  refreshReads,
  errors: {
    machineNotUp: /droplet \(?(\d+)\)?.*(?:instead of active|not done within|unexpected state|timeout while waiting)/i,
    entranceNotFound: /Error retrieving reserved IP.*reserved_ips\/([\d.]+): 404/,
  },
  state: {
    machine: TYPES.machine,
    entrance: TYPES.entrance,
    lead: TYPES.lead,
    leadsFrom: ({ ipAddress }) => String(ipAddress),
    addressOf: ({ ipv4Address }) => String(ipv4Address ?? ''),
    always: [TYPES.machine, TYPES.entrance, TYPES.key],
  },
};
