/** What an update tells beyond its inputs: each difference that hurts, with what ends it. */
import { rented } from '../../components/machines';
import { differences, type Meant, type Seen } from '../../components/reality/compare';

const meant: Meant = {
  host: 'alpha',
  driver: rented,
  stack: 'alpha',
  size: 's-2vcpu-4gb',
  entrance: '198.18.0.200',
  names: ['forge.drill.test'],
  machine: '1',
  firewall: 'alpha-fw',
  generation: 2,
  tag: 'alpha-alpha',
  otherTag: 'alpha-alpha-twin',
};
const droplet = {
  id: '1',
  name: 'alpha-1',
  status: 'active',
  address: '198.18.0.10',
  size: 's-2vcpu-4gb',
  tags: ['alpha-alpha'],
};
const record = { id: 'r1', name: 'forge.drill.test', type: 'A', content: '198.18.0.200' };
const firewall = { id: 'f1', name: 'alpha-fw', machines: [], tags: ['alpha-alpha'] };
const seen: Seen = {
  machines: [droplet],
  firewalls: [firewall],
  addresses: { '198.18.0.200': '1' },
  records: [record],
  answers: { 1: { incarnation: '1', isClosed: false, isReached: true } },
  mayWrite: { alpha: true },
};

test('what is as it is meant is not told', () => {
  expect(differences(meant, seen)).toEqual([]);
  expect(
    differences(meant, { ...seen, machines: [droplet, { ...droplet, id: '2', tags: ['alpha-alpha-twin'] }] }),
  ).toEqual([]);
  // Of an address that is about to be reserved, and of a machine that is about to be made nothing can be said yet.
  expect(differences({ ...meant, machine: undefined }, { ...seen, machines: [], addresses: {} })).toEqual([]);
  expect(differences({ ...meant, entrance: undefined }, { ...seen, addresses: {} })).toEqual([]);
  expect(
    differences(meant, {
      ...seen,
      records: [record, { ...record, id: 'r2', type: 'MX', content: 'mail' }],
      firewalls: [firewall, { ...firewall, id: 'f2', name: 'other', tags: ['beta'] }],
    }),
  ).toEqual([]);
});

test.each<[string, Partial<Seen>, RegExp]>([
  [
    'off',
    { machines: [{ ...droplet, status: 'off' }] },
    /alpha-1 \(1\) is off; switch it on: doctl compute droplet-action power-on 1 .*fleet:rebuild\.alpha 3 --stack alpha/,
  ],
  [
    'of another size',
    { machines: [{ ...droplet, size: 's-1vcpu-1gb' }] },
    /is a s-1vcpu-1gb, declared is s-2vcpu-4gb; .*fleet:rebuild\.alpha 3/,
  ],
  [
    'hung',
    { answers: { 1: { isClosed: false, isReached: false } } },
    /is active and does not answer by SSH with its pinned key.*power-cycle 1 .*fleet:rebuild\.alpha 3/,
  ],
  [
    'closed',
    { answers: { 1: { isClosed: true, isReached: false } } },
    /does not let the deploy key in; replace it: .*fleet:rebuild\.alpha 3/,
  ],
  [
    'rebuilt empty',
    { answers: { 1: { isClosed: false, isReached: true } } },
    /does not take itself for the machine of alpha: its disk is not .*fleet:rebuild\.alpha 3/,
  ],
  [
    'another one',
    { answers: { 1: { incarnation: '7', isClosed: false, isReached: true } } },
    /for the machine of alpha, but for 7/,
  ],
  [
    'joined by a stranger',
    { machines: [droplet, { ...droplet, id: '2', name: 'mine' }] },
    /droplet mine \(2, active\) carries a tag of alpha and is not its machine.*doctl compute droplet delete 2/,
  ],
  [
    'of another account',
    { machines: [], addresses: {} },
    /lists neither its droplet 1 nor its address 198\.18\.0\.200.*another account; set DIGITALOCEAN_TOKEN/,
  ],
  ['gone', { machines: [] }, /lists no droplet 1.*pulumi up --refresh --stack alpha/],
  ['not where its address leads', { addresses: { '198.18.0.200': '7' } }, /leads to droplet 7 instead of 1/],
  [
    'without a right to the store',
    { mayWrite: { alpha: false } },
    /droplet 1 may not write to the store.*pulumi up --stack alpha/,
  ],
  [
    'not served yet',
    {
      machines: [droplet, { ...droplet, id: '7', status: 'off', tags: ['alpha-alpha-twin'] }],
      addresses: { '198.18.0.200': '7' },
    },
    /leads to droplet 7, which is off and serves nobody, instead of 1/,
  ],
  ['behind no address', { addresses: {} }, /leads to no droplet instead of 1/],
  [
    'open to more by another firewall',
    { firewalls: [firewall, { id: 'f9', name: 'wide', machines: ['1'], tags: [] }] },
    /firewall wide \(f9\).*doctl compute firewall delete f9/,
  ],
  ['under two firewalls of one name', { firewalls: [firewall, { ...firewall, id: 'f2' }] }, /\(f2\)/],
  [
    'shared by a second record',
    { records: [record, { ...record, id: 'r2', content: '203.0.113.9' }] },
    /record too many \(A 203\.0\.113\.9, r2\)/,
  ],
  [
    'hidden behind an alias',
    { records: [{ ...record, type: 'CNAME', content: 'old.example.org' }] },
    /record too many \(CNAME old\.example\.org, r1\)/,
  ],
])('a host that is %s', (_, change, told) => {
  expect(differences(meant, { ...seen, ...change })).toEqual([expect.stringMatching(told)]);
});

test('what a new machine takes over from is told before it is made', () => {
  const [told] = differences({ ...meant, machine: undefined }, seen);
  expect(told).toMatch(
    /takes over from droplet alpha-1 \(1, active, 198\.18\.0\.10\).*flushed, powered off and in the end deleted.*no successor was asked for, the update refuses/,
  );
});
