/** A second kind of machine: whatever stands above the contract of machines asks it, and names no other kind. */
import { stop } from '../../components/preflight/fence';
import { absence } from '../../components/preflight/presence';
import { differences } from '../../components/reality/compare';
import { tagOf } from '../../components/machines/tag';
import { claimOf } from '../../scripts/docs/claim';
import { rendered } from '../../scripts/docs/documents';
import { documented } from '../../scripts/docs/fleet';
import { advice } from '../../scripts/engines/advice';
import { costLine } from '../../scripts/lib/monthly-cost';
import { declarationNamed } from '../../stacks';
import { servicesOf } from '../../stacks/model/validate';
import { orchard } from '../fixtures/orchard';
import { blades, rented } from '../fixtures/rack';
import { runProgram, testSecrets, testSettings } from '../program/mocks';
import { sshKey } from '../../scripts/init/generate';

jest.mock('../../components/machines', () => jest.requireActual('../fixtures/rack'));
jest.mock('../../components/machines/makers', () => jest.requireActual('../fixtures/rack'));
jest.mock('../../stacks', () => {
  const { registryOf } =
    jest.requireActual<typeof import('../../stacks/model/registry')>('../../stacks/model/registry');
  const { orchard } = jest.requireActual<typeof import('../fixtures/orchard')>('../fixtures/orchard');
  const [pear] = orchard.stacks;
  // A size that no other kind has.
  const stacks: typeof orchard.stacks = [{ ...pear, hosts: pear.hosts.map((host) => ({ ...host, size: 'half' })) }];
  return registryOf({ ...orchard, stacks, rehearsalSize: 'half' });
});

const OTHER_KIND = /droplet|doctl|reserved.?ip/i;
const pear = declarationNamed('pear')!;
const TAG = tagOf(pear, 'pear');
/** Nobody answers there. */
const NOBODY = '127.0.0.250';
const blade = { id: 'blade-7', name: 'pear-7', status: 'active', address: NOBODY, size: 'half', tags: [TAG] };
const former = {
  stack: 'pear',
  host: 'pear',
  incarnation: 'blade-7',
  address: NOBODY,
  generation: 0,
  createdAt: '',
};
const pair = sshKey('host');
const asked = {
  account: rented.account(),
  key: { privateKey: pair.secret, hostKey: pair.publicHalf ?? '' },
  entrance: NOBODY,
  serves: async () => false,
};
afterEach(() => void blades.splice(0));

test.each([true, false])('the program makes it, and every step runs on it (preview %s)', async (preview) => {
  const secrets = testSecrets(['pear'], pear.hosts.flatMap(servicesOf));
  const registered = await runProgram('pear', { ...testSettings(['pear']), ...secrets }, Object.keys(secrets), preview);
  const types = registered.map(({ type }) => type);
  expect(types.filter((type) => type === 'fleet:rack:Blade')).toHaveLength(1);
  expect(types.filter((type) => type.startsWith('digitalocean:'))).toEqual([]);
  const steps = registered.filter(({ type }) => type === 'command:remote:Command');
  expect(steps.length).toBeGreaterThan(5);
  for (const { inputs } of steps) expect(JSON.stringify(inputs.triggers)).toContain('blade-7');
  const record = registered.find(({ type }) => type === 'cloudflare:index/dnsRecord:DnsRecord');
  expect(record?.inputs.content).toBe('198.18.0.30');
});

test('the documents say its commands and its prices', () => {
  const all = rendered({ fleet: documented(orchard), seen: [], now: new Date() });
  const other = [...all].flatMap(([file, text]) =>
    text
      .split('\n')
      .filter((line) => OTHER_KIND.test(line))
      .map((line) => [file, line]),
  );
  expect(other).toEqual([]);
  const runbook = all.get('recovery-runbook.md')!;
  expect(runbook).toContain(`rackctl boot pear --key pear-deploy --label ${TAG}`);
  expect(runbook).toContain('rackctl lead $ADDRESS $ID');
  expect(all.get('topology.md')).toContain('$7.00');
});

test('the command line says its words, its costs and what to do about its errors', () => {
  expect(advice(['blade 7 is dark', 'blade 7 is dark'])).toEqual([expect.stringContaining('rackctl remove 7')]);
  expect(costLine({ usd: 7, machines: ['half'], uptimeChecks: 0 })).toContain('for one blade (half)');
  expect(claimOf('pear', undefined, new Date()).rests).toMatch(/no drill on Rack [^]*--cloud rack /);
});

test('preflight refuses a second one beside one that its account lists, by its tag', async () => {
  blades.push(blade);
  const args = { ...asked, tags: [TAG], former: [former], beatAge: async () => undefined };
  const said = await absence(args, 'pear', 0);
  expect(said).toEqual([expect.stringMatching(/blade.*is still there: the cloud lists pear-7 \(blade-7, active/)]);
  expect(said.join()).not.toMatch(OTHER_KIND);
});

test('one without a switch is fenced by its services alone', async () => {
  blades.push(blade);
  await stop(former, asked);
  expect(blades).toEqual([blade]);
});

test('a difference is told with the commands of its kind', () => {
  const meant = {
    host: 'pear',
    driver: rented,
    stack: 'pear',
    size: 'half',
    entrance: NOBODY,
    names: [],
    machine: 'blade-7',
    generation: 0,
    tag: TAG,
    otherTag: `${TAG}-twin`,
  };
  const off = { ...blade, status: 'off' };
  const seen = {
    machines: [off],
    firewalls: [],
    addresses: { [NOBODY]: 'blade-7' },
    records: [],
    answers: {},
    mayWrite: {},
  };
  expect(differences(meant, seen)).toEqual([expect.stringContaining('rackctl on blade-7')]);
});
