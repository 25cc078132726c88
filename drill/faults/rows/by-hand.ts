/** What people change in the two consoles, on a stack that is in order. Cheap ones first; those that end with another machine or address last. */
import { tagOf } from '../../../components/machines/tag';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { DeleteBucketPolicyCommand } from '@aws-sdk/client-s3';
import { act, digitalOcean, records } from '../../console';
import type { Seeded } from '../../context';
import { required } from '../../../stacks/model/required';
import { fleet } from '../child';
import { lock, stateFile } from '../lock';
import { raiseRebuild } from '../../settings';
import { bucketOfHost, inStore } from '../../store';
import { until } from '../steps';
import type { Row, Things } from './row';
import { table } from './table';

const ANYWHERE = { addresses: ['0.0.0.0/0', '::/0'] };
const ports = (range: string, sources: object = ANYWHERE) => ({ protocol: 'tcp', ports: range, sources });

/** Changes the host's own firewall. */
const firewall =
  (change: (body: Record<string, any>) => object): Row['change'] =>
  (drill, { firewall: { id, body } }) =>
    digitalOcean(drill, 'PUT', `/firewalls/${id}`, { ...body, ...change(body) });
/** Changes the record of the public name. */
const record =
  (change: object): Row['change'] =>
  (drill, { record: { id } }) =>
    records(drill, 'PATCH', `/${id}`, change);
const droplet =
  (body: { type: string } & Record<string, unknown>): Row['change'] =>
  (drill, { droplet: { id } }) =>
    act(drill, `/droplets/${id}`, body);

/** A droplet that the program did not make. */
async function stranger(drill: Seeded, name: string, tags: string[]): Promise<number> {
  const { region, size, image } = required(
    drill.declaration.hosts.find((host) => host.name === drill.hostName),
    'the host',
  );
  const { droplet: made } = await digitalOcean(drill, 'POST', '/droplets', { name, region, size, image, tags });
  await until(
    drill,
    `the droplet ${name} to boot`,
    async () => (await digitalOcean(drill, 'GET', `/droplets/${made.id}`)).droplet.status === 'active' || 'not active',
  );
  return made.id;
}

/** Deletes it, once it was seen to be on: nobody may switch off what is not the program's. */
async function removeStranger(drill: Seeded, name: string): Promise<void> {
  const [found] = (await digitalOcean(drill, 'GET', `/droplets?name=${name}`)).droplets;
  if (found?.status !== 'active') throw new Error(`the droplet ${name} is ${found?.status ?? 'gone'}`);
  await digitalOcean(drill, 'DELETE', `/droplets/${found.id}`);
}

/** Asks for a successor, as the message says. */
async function replace(drill: Seeded): Promise<void> {
  await raiseRebuild(drill);
  await fleet(drill, 'up', ['--refresh']);
}

/** Switches the host off, gives it a size, and switches it on. */
const resize =
  (size: string) =>
  async (drill: Seeded, things: Things): Promise<void> => {
    for (const body of [{ type: 'power_off' }, { type: 'resize', size }, { type: 'power_on' }])
      await droplet(body)(drill, things);
  };

const tagOfHost = (drill: Seeded): string => tagOf(drill.declaration, drill.hostName);
const LARGER = 's-4vcpu-8gb';

const rows: Row[] = [
  {
    what: 'firewall: a rule added that opens PostgreSQL',
    change: firewall(({ inbound_rules }) => ({ inbound_rules: [...inbound_rules, ports('5432')] })),
    says: [/update Firewall alpha/],
    ends: 'put back',
  },
  {
    what: 'firewall: SSH narrowed to one address',
    change: firewall(({ inbound_rules }) => ({
      inbound_rules: inbound_rules.map((rule: any) =>
        rule.ports === '22' ? ports('22', { addresses: ['192.0.2.7'] }) : rule,
      ),
    })),
    says: [/update Firewall alpha/],
    ends: 'put back',
  },
  {
    what: 'firewall: HTTPS closed',
    change: firewall(({ inbound_rules }) => ({
      inbound_rules: inbound_rules.filter((rule: any) => rule.ports !== '443'),
    })),
    says: [/update Firewall alpha/],
    ends: 'put back',
    interrupts: true,
  },
  {
    what: 'firewall: detached from the host',
    change: firewall(() => ({ tags: [] })),
    says: [/update Firewall alpha/],
    ends: 'put back',
  },
  {
    what: 'firewall: deleted',
    change: (drill, { firewall: { id } }) => digitalOcean(drill, 'DELETE', `/firewalls/${id}`),
    says: [/create Firewall alpha/],
    ends: 'put back',
  },
  {
    what: 'firewall: a second one that opens 1-65535',
    change: (drill, { droplet: { id } }) =>
      digitalOcean(drill, 'POST', '/firewalls', {
        name: 'temporary',
        inbound_rules: [ports('1-65535')],
        droplet_ids: [id],
      }),
    says: [/the firewall temporary \(\S+\), which is not declared.*doctl compute firewall delete/],
    ends: 'told',
    mend: async (drill) => {
      const { firewalls } = await digitalOcean(drill, 'GET', '/firewalls');
      await digitalOcean(
        drill,
        'DELETE',
        `/firewalls/${firewalls.find(({ name }: { name: string }) => name === 'temporary').id}`,
      );
    },
  },
  {
    what: 'key: renamed',
    change: (drill, { key }) => digitalOcean(drill, 'PUT', `/account/keys/${key.id}`, { name: 'laptop' }),
    says: [/update SshKey deploy/],
    ends: 'put back',
  },
  {
    what: 'key: deleted',
    change: (drill, { key }) => digitalOcean(drill, 'DELETE', `/account/keys/${key.id}`),
    says: [/create SshKey deploy/, /preview: (1 refresh, )?1 create in/],
    ends: 'put back',
  },
  {
    what: 'key: uploaded anew under another name',
    change: async (drill, { key }) => {
      await digitalOcean(drill, 'DELETE', `/account/keys/${key.id}`);
      await digitalOcean(drill, 'POST', '/account/keys', { name: 'laptop', public_key: key.publicKey });
    },
    says: [/create SshKey deploy/, /preview: (1 refresh, )?1 create in/],
    ends: 'put back',
  },
  {
    what: 'record: another TTL',
    change: record({ ttl: 3600 }),
    says: [/update DnsRecord alpha-forge/],
    ends: 'put back',
  },
  {
    what: 'record: proxied',
    change: record({ proxied: true }),
    says: [/update DnsRecord alpha-forge/],
    ends: 'put back',
  },
  {
    what: 'record: given a comment',
    change: record({ comment: 'do not touch' }),
    says: [/update DnsRecord alpha-forge/],
    ends: 'put back',
  },
  {
    what: 'record: leads elsewhere',
    change: record({ content: '192.0.2.1' }),
    says: [/update DnsRecord alpha-forge/],
    ends: 'put back',
    interrupts: true,
  },
  {
    what: 'record: made an alias (CNAME)',
    change: record({ type: 'CNAME', content: 'old.example.org' }),
    says: [/DnsRecord alpha-forge/],
    ends: 'put back',
    interrupts: true,
  },
  {
    what: 'record: deleted, and an alias made in its place',
    change: async (drill, { record: { id, name } }) => {
      await records(drill, 'DELETE', `/${id}`);
      await records(drill, 'POST', '', { type: 'CNAME', name, content: 'old.example.org' });
    },
    says: [/create DnsRecord alpha-forge/],
    ends: 'put back',
    interrupts: true,
  },
  {
    what: 'record: deleted',
    change: (drill, { record: { id } }) => records(drill, 'DELETE', `/${id}`),
    says: [/create DnsRecord alpha-forge/],
    ends: 'put back',
    interrupts: true,
  },
  {
    what: 'record: a second A record of the name',
    change: (drill, { record: { name } }) =>
      records(drill, 'POST', '', { type: 'A', name, content: '192.0.2.1', ttl: 300 }),
    says: [/has a record too many \(A 192\.0\.2\.1, \S+\).*delete it in the zone/],
    ends: 'told',
    interrupts: true,
    mend: async (drill) => {
      const [second] = await records(drill, 'GET', '?content=192.0.2.1');
      await records(drill, 'DELETE', `/${second.id}`);
    },
  },
  {
    what: 'record: an AAAA record beside it',
    change: (drill, { record: { name } }) =>
      records(drill, 'POST', '', { type: 'AAAA', name, content: '2001:db8::1', ttl: 300 }),
    says: [/has a record too many \(AAAA 2001:db8::1, \S+\).*delete it in the zone/],
    ends: 'told',
    mend: async (drill) => {
      const [second] = await records(drill, 'GET', '?type=AAAA');
      await records(drill, 'DELETE', `/${second.id}`);
    },
  },
  {
    // Known by its id and its tag: its name is its owner's affair.
    what: 'droplet: renamed',
    change: droplet({ type: 'rename', name: 'do-not-touch' }),
    says: [/done: up: 1 refresh in/],
    ends: 'goes on',
    mend: (drill, things) => droplet({ type: 'rename', name: things.droplet.name })(drill, things),
  },
  {
    what: 'droplet: backups of the provider switched on',
    change: droplet({ type: 'enable_backups' }),
    says: [/update Droplet alpha/],
    ends: 'put back',
  },
  {
    what: 'droplet: another tag added',
    change: async (drill, { droplet: { id } }) => {
      await digitalOcean(drill, 'POST', '/tags', { name: 'important' });
      await digitalOcean(drill, 'POST', '/tags/important/resources', {
        resources: [{ resource_id: String(id), resource_type: 'droplet' }],
      });
    },
    says: [/update Droplet alpha/],
    ends: 'put back',
  },
  {
    what: 'droplet: its tag taken off',
    change: (drill, { droplet: { id } }) =>
      digitalOcean(drill, 'DELETE', `/tags/${tagOfHost(drill)}/resources`, {
        resources: [{ resource_id: String(id), resource_type: 'droplet' }],
      }),
    says: [/update Droplet alpha/],
    ends: 'put back',
  },
  {
    what: 'tag: deleted',
    change: (drill) => digitalOcean(drill, 'DELETE', `/tags/${tagOfHost(drill)}`),
    says: [/create Tag alpha/],
    ends: 'put back',
  },
  {
    what: 'store: the policy of the bucket deleted',
    change: (drill) =>
      inStore(drill, (client) => client.send(new DeleteBucketPolicyCommand({ Bucket: bucketOfHost(drill) }))),
    says: [
      /may not write to the store, so nothing of it is backed up/,
      /the key of its machine to the store had been taken away.*it was given back/,
    ],
    ends: 'put back',
  },
  {
    what: 'state: the file cut off in the middle',
    change: async (drill, things) => {
      const file = stateFile(drill);
      things.state = readFileSync(file);
      truncateSync(file, Math.floor(things.state.length / 2));
    },
    says: [/The state file \S+ is not JSON; the copy before it is \S+\.bak/],
    ends: 'refused',
    mend: async (drill, { state }) => writeFileSync(stateFile(drill), required(state, 'the state')),
  },
  {
    what: 'state: locked by an update that runs on another machine',
    change: async (drill, things) => (things.lock = lock(drill, { pid: 1, hostname: 'another-machine' })),
    says: [/locked by .*another-machine.*/, /remove /],
    ends: 'refused',
    mend: async (_, { lock: file }) => rmSync(required(file, 'the lock')),
  },
  {
    what: 'address: unassigned',
    change: (drill, { address }) => act(drill, `/reserved_ips/${address}`, { type: 'unassign' }),
    says: [/create ReservedIpAssignment alpha/],
    ends: 'put back',
    interrupts: true,
  },
  {
    what: 'address: moved to another droplet',
    change: async (drill, { address }) =>
      act(drill, `/reserved_ips/${address}`, { type: 'assign', droplet_id: await stranger(drill, 'other', []) }),
    says: [/create ReservedIpAssignment alpha/],
    ends: 'put back',
    interrupts: true,
    mend: (drill) => removeStranger(drill, 'other'),
  },
  {
    what: 'droplet: powered off',
    change: droplet({ type: 'power_off' }),
    says: [/its droplet \S+ \(\d+\) is off; switch it on: doctl compute droplet-action power-on/],
    ends: 'told',
    interrupts: true,
    mend: droplet({ type: 'power_on' }),
  },
  {
    what: 'droplet: resized',
    change: resize(LARGER),
    says: [/is a s-4vcpu-8gb, declared is \S+; for a machine of that size: pulumi config set/],
    ends: 'told',
    interrupts: true,
    mend: (drill, things) => resize(required(drill.declaration.hosts[0], 'the host').size)(drill, things),
  },
  {
    what: 'droplet: a stranger with the host’s tag',
    change: (drill) => stranger(drill, 'stranger', [tagOfHost(drill)]),
    says: [/stranger \(\d+, active\) carries a tag of alpha.*doctl compute droplet delete/],
    ends: 'told',
    mend: (drill) => removeStranger(drill, 'stranger'),
  },
  {
    what: 'droplet: a stranger with the host’s tag, and a successor asked for',
    change: async (drill) => {
      await stranger(drill, 'stranger', [tagOfHost(drill)]);
      await raiseRebuild(drill);
    },
    says: [
      /stranger \(\d+, active\) carries a tag of alpha.*left alone/,
      /its new machine takes over from droplet \S+ \(\d+, active, \S+\).*powered off and in the end deleted/,
    ],
    ends: 'goes on',
    renews: true,
    interrupts: true,
    mend: (drill) => removeStranger(drill, 'stranger'),
  },
  {
    what: 'droplet: rebuilt empty',
    change: droplet({ type: 'rebuild', image: 'debian-12-x64' }),
    says: [/does not take itself for the machine of alpha.*fleet:rebuild\.alpha/],
    ends: 'told',
    interrupts: true,
    renews: true,
    wipes: true,
    mend: replace,
  },
  {
    what: 'address: deleted',
    change: (drill, { address }) => digitalOcean(drill, 'DELETE', `/reserved_ips/${address}`),
    says: [
      /the address \S+ was deleted in the account: another one is reserved, and the names follow it/,
      /create ReservedIp alpha/,
      /update DnsRecord alpha-forge/,
    ],
    ends: 'put back',
    interrupts: true,
    renews: true,
  },
];

export const byHand = table('by-hand', 'things are changed in both consoles, one after another', rows, {
  verbs: ['preview', 'up'],
});
