/** What people change in the two consoles, on a stack that is in order. Cheap ones first; those that end with another machine or address last. */
import { tagOf } from '../../../components/machines/tag';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { DeleteBucketPolicyCommand } from '@aws-sdk/client-s3';
import { act, digitalOcean, records } from '../../console';
import { hostOf, type Seeded } from '../../context';
import { required } from '../../../stacks/model/required';
import { fleet } from '../child';
import { stranger } from '../intruder';
import { lock, stateFile } from '../lock';
import { raiseRebuild } from '../../settings';
import { bucketOfHost, inStore } from '../../store';
import { goesOn, putBack, refused, told, type Row, type Things } from './row';
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
  putBack(
    'firewall: a rule added that opens PostgreSQL',
    firewall(({ inbound_rules }) => ({ inbound_rules: [...inbound_rules, ports('5432')] })),
    /update Firewall HOST/,
  ),
  putBack(
    'firewall: SSH narrowed to one address',
    firewall(({ inbound_rules }) => ({
      inbound_rules: inbound_rules.map((rule: any) =>
        rule.ports === '22' ? ports('22', { addresses: ['192.0.2.7'] }) : rule,
      ),
    })),
    /update Firewall HOST/,
  ),
  putBack(
    'firewall: HTTPS closed',
    firewall(({ inbound_rules }) => ({
      inbound_rules: inbound_rules.filter((rule: any) => rule.ports !== '443'),
    })),
    /update Firewall HOST/,
    { interrupts: true },
  ),
  putBack(
    'firewall: detached from the host',
    firewall(() => ({ tags: [] })),
    /update Firewall HOST/,
  ),
  putBack(
    'firewall: deleted',
    (drill, { firewall: { id } }) => digitalOcean(drill, 'DELETE', `/firewalls/${id}`),
    /create Firewall HOST/,
  ),
  told(
    'firewall: a second one that opens 1-65535',
    (drill, { droplet: { id } }) =>
      digitalOcean(drill, 'POST', '/firewalls', {
        name: 'temporary',
        inbound_rules: [ports('1-65535')],
        droplet_ids: [id],
      }),
    /the firewall temporary \(\S+\), which is not declared.*doctl compute firewall delete/,
    {
      mend: async (drill) => {
        const { firewalls } = await digitalOcean(drill, 'GET', '/firewalls');
        await digitalOcean(
          drill,
          'DELETE',
          `/firewalls/${firewalls.find(({ name }: { name: string }) => name === 'temporary').id}`,
        );
      },
    },
  ),
  putBack(
    'key: renamed',
    (drill, { key }) => digitalOcean(drill, 'PUT', `/account/keys/${key.id}`, { name: 'laptop' }),
    /update SshKey deploy/,
  ),
  putBack('key: deleted', (drill, { key }) => digitalOcean(drill, 'DELETE', `/account/keys/${key.id}`), [
    /create SshKey deploy/,
    /preview: (1 refresh, )?1 create in/,
  ]),
  putBack(
    'key: uploaded anew under another name',
    async (drill, { key }) => {
      await digitalOcean(drill, 'DELETE', `/account/keys/${key.id}`);
      await digitalOcean(drill, 'POST', '/account/keys', { name: 'laptop', public_key: key.publicKey });
    },
    [/create SshKey deploy/, /preview: (1 refresh, )?1 create in/],
  ),
  putBack('record: another TTL', record({ ttl: 3600 }), /update DnsRecord HOST-NAME/),
  putBack('record: proxied', record({ proxied: true }), /update DnsRecord HOST-NAME/),
  putBack('record: given a comment', record({ comment: 'do not touch' }), /update DnsRecord HOST-NAME/),
  putBack('record: leads elsewhere', record({ content: '192.0.2.1' }), /update DnsRecord HOST-NAME/, {
    interrupts: true,
  }),
  putBack(
    'record: made an alias (CNAME)',
    record({ type: 'CNAME', content: 'old.example.org' }),
    /DnsRecord HOST-NAME/,
    { interrupts: true },
  ),
  putBack(
    'record: deleted, and an alias made in its place',
    async (drill, { record: { id, name } }) => {
      await records(drill, 'DELETE', `/${id}`);
      await records(drill, 'POST', '', { type: 'CNAME', name, content: 'old.example.org' });
    },
    /create DnsRecord HOST-NAME/,
    { interrupts: true },
  ),
  putBack(
    'record: deleted',
    (drill, { record: { id } }) => records(drill, 'DELETE', `/${id}`),
    /create DnsRecord HOST-NAME/,
    { interrupts: true },
  ),
  told(
    'record: a second A record of the name',
    (drill, { record: { name } }) => records(drill, 'POST', '', { type: 'A', name, content: '192.0.2.1', ttl: 300 }),
    /has a record too many \(A 192\.0\.2\.1, \S+\).*delete it in the zone/,
    {
      interrupts: true,
      mend: async (drill) => {
        const [second] = await records(drill, 'GET', '?content=192.0.2.1');
        await records(drill, 'DELETE', `/${second.id}`);
      },
    },
  ),
  told(
    'record: an AAAA record beside it',
    (drill, { record: { name } }) =>
      records(drill, 'POST', '', { type: 'AAAA', name, content: '2001:db8::1', ttl: 300 }),
    /has a record too many \(AAAA 2001:db8::1, \S+\).*delete it in the zone/,
    {
      mend: async (drill) => {
        const [second] = await records(drill, 'GET', '?type=AAAA');
        await records(drill, 'DELETE', `/${second.id}`);
      },
    },
  ),
  // Known by its id and its tag: its name is its owner's affair.
  goesOn('droplet: renamed', droplet({ type: 'rename', name: 'do-not-touch' }), /done: up: 1 refresh in/, {
    mend: (drill, things) => droplet({ type: 'rename', name: things.droplet.name })(drill, things),
  }),
  putBack('droplet: backups of the provider switched on', droplet({ type: 'enable_backups' }), /update Droplet HOST/),
  putBack(
    'droplet: another tag added',
    async (drill, { droplet: { id } }) => {
      await digitalOcean(drill, 'POST', '/tags', { name: 'important' });
      await digitalOcean(drill, 'POST', '/tags/important/resources', {
        resources: [{ resource_id: String(id), resource_type: 'droplet' }],
      });
    },
    /update Droplet HOST/,
  ),
  putBack(
    'droplet: its tag taken off',
    (drill, { droplet: { id } }) =>
      digitalOcean(drill, 'DELETE', `/tags/${tagOfHost(drill)}/resources`, {
        resources: [{ resource_id: String(id), resource_type: 'droplet' }],
      }),
    /update Droplet HOST/,
  ),
  putBack('tag: deleted', (drill) => digitalOcean(drill, 'DELETE', `/tags/${tagOfHost(drill)}`), /create Tag HOST/),
  putBack(
    'store: the policy of the bucket deleted',
    (drill) => inStore(drill, (client) => client.send(new DeleteBucketPolicyCommand({ Bucket: bucketOfHost(drill) }))),
    [
      /may not write to the store, so nothing of it is backed up/,
      /the key of its machine to the store had been taken away.*it was given back/,
    ],
  ),
  refused(
    'state: the file cut off in the middle',
    async (drill, things) => {
      const file = stateFile(drill);
      things.state = readFileSync(file);
      truncateSync(file, Math.floor(things.state.length / 2));
    },
    /The state file \S+ is not JSON; the copy before it is \S+\.bak/,
    { mend: async (drill, { state }) => writeFileSync(stateFile(drill), required(state, 'the state')) },
  ),
  refused(
    'state: locked by an update that runs on another machine',
    async (drill, things) => (things.lock = lock(drill, { pid: 1, hostname: 'another-machine' })),
    [/locked by .*another-machine.*/, /remove /],
    { mend: async (_, { lock: file }) => rmSync(required(file, 'the lock')) },
  ),
  putBack(
    'address: unassigned',
    (drill, { address }) => act(drill, `/reserved_ips/${address}`, { type: 'unassign' }),
    /create ReservedIpAssignment HOST/,
    { interrupts: true },
  ),
  putBack(
    'address: moved to another droplet',
    async (drill, { address }) =>
      act(drill, `/reserved_ips/${address}`, { type: 'assign', droplet_id: await stranger(drill, 'other') }),
    /create ReservedIpAssignment HOST/,
    { interrupts: true, mend: (drill) => removeStranger(drill, 'other') },
  ),
  told(
    'droplet: powered off',
    droplet({ type: 'power_off' }),
    /its droplet \S+ \(\d+\) is off; switch it on: doctl compute droplet-action power-on/,
    { interrupts: true, mend: droplet({ type: 'power_on' }) },
  ),
  told(
    'droplet: resized',
    resize(LARGER),
    /is a s-4vcpu-8gb, declared is \S+; for a machine of that size: pulumi config set/,
    {
      interrupts: true,
      mend: (drill, things) => resize(hostOf(drill).size)(drill, things),
    },
  ),
  told(
    'droplet: a stranger with the host’s tag',
    (drill) => stranger(drill, 'stranger', { tags: [tagOfHost(drill)] }),
    /stranger \(\d+, active\) carries a tag of HOST.*doctl compute droplet delete/,
    { mend: (drill) => removeStranger(drill, 'stranger') },
  ),
  goesOn(
    'droplet: a stranger with the host’s tag, and a successor asked for',
    async (drill) => {
      await stranger(drill, 'stranger', { tags: [tagOfHost(drill)] });
      await raiseRebuild(drill);
    },
    [
      /stranger \(\d+, active\) carries a tag of HOST.*left alone/,
      /its new machine takes over from droplet \S+ \(\d+, active, \S+\).*powered off and in the end deleted/,
    ],
    { renews: true, interrupts: true, mend: (drill) => removeStranger(drill, 'stranger') },
  ),
  told(
    'droplet: rebuilt empty',
    (drill, things) => droplet({ type: 'rebuild', image: hostOf(drill).image })(drill, things),
    /does not take itself for the machine of HOST.*fleet:rebuild\.HOST/,
    { interrupts: true, renews: true, wipes: true, mend: replace },
  ),
  putBack(
    'address: deleted',
    (drill, { address }) => digitalOcean(drill, 'DELETE', `/reserved_ips/${address}`),
    [
      /the address \S+ was deleted in the account: another one is reserved, and the names follow it/,
      /create ReservedIp HOST/,
      /update DnsRecord HOST-NAME/,
    ],
    { interrupts: true, renews: true },
  ),
];

export const byHand = table('by-hand', 'things are changed in both consoles, one after another', rows, {
  verbs: ['preview', 'up'],
});
