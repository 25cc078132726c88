/** The sweeper against the embedded cloud's API, with things of a drill and things of others side by side. */
import { Api } from '../../drill/clouds/digitalocean/api';
import { checkAccess } from '../../drill/clouds/digitalocean/scopes';
import { accountOfSweep, sweep, type Account } from '../../drill/clouds/digitalocean/sweep';
import { DRILL_TAG, expiryTag, throwawayStack } from '../../stacks/model/throwaway';
import { Harness, PUBLIC_KEY, TOKENS, ZONE } from '../localcloud/api-harness';
import { StoreDouble } from '../scripts/store-double';

const NOW = new Date('2026-11-21T20:00:00Z');
const PAST = new Date('2026-11-21T19:59:59Z');
const FUTURE = new Date('2026-11-21T20:00:01Z');
const OLD = throwawayStack(PAST, 'aaaa');
const LIVE = throwawayStack(FUTURE, 'bbbb');
const RULE = { protocol: 'tcp', ports: '22', sources: { addresses: ['0.0.0.0/0'] } };

let cloud: Harness;
let store: StoreDouble;
let account: Account;

beforeEach(async () => {
  cloud = await new Harness().start({ limits: { droplets: 1000 } });
  store = await new StoreDouble().start();
  store.now = NOW;
  account = at(TOKENS.digitalocean, TOKENS.cloudflare);
});
afterEach(async () => {
  store.stop();
  await cloud.stop();
});

function at(digitalocean: string, cloudflare: string): Account {
  return {
    digitalocean: new Api(
      { label: 'DigitalOcean', official: '', base: cloud.url, token: digitalocean, variable: 'DIGITALOCEAN_TOKEN' },
      1,
    ),
    cloudflare: new Api(
      {
        label: 'Cloudflare',
        official: '',
        base: `${cloud.url}/client/v4`,
        token: cloudflare,
        variable: 'CLOUDFLARE_API_TOKEN',
      },
      1,
    ),
    zone: ZONE,
    admin: store.admin,
    store: store.client,
  };
}

const record = (type: string, name: string, content: string) =>
  cloud.post(`/client/v4/zones/${ZONE.id}/dns_records`, { type, name: `${name}.${ZONE.name}`, content, ttl: 300 });

/** Everything that a drill makes on an account, as a kill in the middle of a rebuild leaves it. */
async function drillOf(stack: string, expires: Date, publicKey: string): Promise<void> {
  const tag = `${stack}-alpha`;
  await cloud.post('/v2/tags', { name: tag });
  await cloud.post('/v2/account/keys', { name: `${stack}-deploy`, public_key: publicKey });
  const droplet = await cloud.droplet({ tags: [tag, DRILL_TAG, expiryTag(expires)] });
  await cloud.post('/v2/firewalls', { name: `alpha-${stack.slice(-4)}`, tags: [tag], inbound_rules: [RULE] });
  await cloud.post('/v2/reserved_ips', { droplet_id: droplet.id });
  // One that was reserved for a host that never came: only the note in the zone tells whose it is.
  const { body } = await cloud.post('/v2/reserved_ips', { region: 'nyc1' });
  await record('TXT', `${stack}-address`, `"${body.reserved_ip.ip}"`);
  await record('A', `${stack}-forge`, body.reserved_ip.ip);
}

/** What production holds, with names and tags as close to a drill's as they may come. */
async function production(): Promise<void> {
  await cloud.post('/v2/tags', { name: 'alpha-alpha' });
  const droplet = await cloud.droplet({ tags: ['alpha-alpha'] });
  await cloud.droplet({ name: 'half-marked', tags: [DRILL_TAG] });
  await cloud.droplet({ name: 'half-marked-too', tags: [expiryTag(new Date('2020-01-01T00:00:00Z'))] });
  await cloud.post('/v2/firewalls', { name: 'alpha', tags: ['alpha-alpha'], inbound_rules: [RULE] });
  // Shared with production: not the drill's to take away.
  await cloud.post('/v2/tags', { name: `${OLD}-shared` });
  await cloud.post('/v2/firewalls', {
    name: 'shared',
    tags: [`${OLD}-shared`],
    droplet_ids: [droplet.id],
    inbound_rules: [RULE],
  });
  await cloud.post('/v2/firewalls', { name: 'untagged', inbound_rules: [RULE] });
  const { body } = await cloud.post('/v2/reserved_ips', { droplet_id: droplet.id });
  // A drill had this address before, and its note was left behind.
  await record('TXT', `${OLD}-address`, `"${body.reserved_ip.ip}"`);
  await cloud.post('/v2/reserved_ips', { region: 'nyc1' });
  await cloud.post('/v2/account/keys', { name: 'drill-deploy', public_key: keyOf(9) });
  await record('A', 'forge', '198.18.1.1');
  await record('A', 'drill-forge', '198.18.1.1');
  await record('TXT', 'drill-20269999t999999z-aaaa-address', '"198.18.1.1"');
  for (const bucket of ['timmy-alpha-alpha', 'fleet-drill-alpha', OLD]) store.put(bucket, 'backup', new Date(0));
}

/** A public key of its own for a number. */
function keyOf(n: number): string {
  const [type, blob] = PUBLIC_KEY.split(' ');
  const bytes = Buffer.from(blob, 'base64');
  bytes[bytes.length - 1] = n;
  return `${type} ${bytes.toString('base64')}`;
}

async function everything(): Promise<string[]> {
  const list = async (path: string, key: string, name: string) =>
    ((await cloud.get(`${path}?per_page=200`)).body[key] as any[]).map((one) => `${key} ${one.id ?? ''} ${one[name]}`);
  return [
    ...(await list('/v2/droplets', 'droplets', 'name')),
    ...(await list('/v2/reserved_ips', 'reserved_ips', 'ip')),
    ...(await list('/v2/firewalls', 'firewalls', 'name')),
    ...(await list('/v2/account/keys', 'ssh_keys', 'name')),
    ...(await list('/v2/tags', 'tags', 'name')),
    ...(await list(`/client/v4/zones/${ZONE.id}/dns_records`, 'result', 'name')),
    ...Object.keys(store.buckets),
    ...store.accounts,
  ].sort();
}

test('what a drill left and has expired goes; foreign things and a drill that still runs stay', async () => {
  await production();
  await drillOf(LIVE, FUTURE, keyOf(1));
  store.put(`fleet-timmy-${LIVE}-alpha`, 'backup', new Date(0));
  const before = await everything();
  await drillOf(OLD, PAST, keyOf(2));
  store.put(`fleet-timmy-${OLD}-alpha`, 'backup', new Date(0));
  store.accounts = [`fleet-timmy-${OLD}-alpha-7`];

  const swept = await sweep(account, { now: NOW });
  expect(swept.problems).toEqual([]);
  expect(count(swept.removed)).toEqual({
    droplet: 1,
    'reserved IP': 2,
    firewall: 1,
    'SSH key': 1,
    bucket: 1,
    'DNS record': 3,
    tag: 3,
  });
  // The empty tag of the shared firewall and the old note carried the mark of the old drill.
  const goes = (line: string) => line.includes(`${OLD}-shared`) || line.includes(`${OLD}-address`);
  expect(await everything()).toEqual(before.filter((line) => !goes(line)));
  expect(count(swept.waiting)).toMatchObject({ droplet: 1, 'reserved IP': 2, bucket: 1 });
  expect(swept.unclaimed).toHaveLength(1);
  expect((await sweep(account, { now: NOW })).removed).toEqual([]);
});

const count = (marked: Array<{ kind: string }>) =>
  marked.reduce<Record<string, number>>((all, { kind }) => ({ ...all, [kind]: (all[kind] ?? 0) + 1 }), {});

test('a dry run names the same and removes nothing', async () => {
  await drillOf(OLD, PAST, keyOf(2));
  store.put(`fleet-timmy-${OLD}-alpha`, 'backup', new Date(0));
  const before = await everything();
  const dry = await sweep(account, { now: NOW, dryRun: true });
  expect(await everything()).toEqual(before);
  expect(accountOfSweep(dry, true).filter((line) => line.startsWith('would remove'))).toHaveLength(dry.removed.length);
  const done = await sweep(account, { now: NOW });
  expect(done.removed).toEqual(dry.removed);
  expect(await everything()).toEqual([]);
});

test('a drill that ends takes its own stack before it expires, and no other', async () => {
  await drillOf(LIVE, FUTURE, keyOf(1));
  const other = throwawayStack(FUTURE, 'cccc');
  await cloud.post('/v2/tags', { name: `${other}-alpha` });
  await sweep(account, { now: NOW, stack: LIVE });
  expect(await everything()).toEqual([expect.stringContaining(`${other}-alpha`)]);
});

test('lists of several pages are seen whole, and every entry goes', async () => {
  const numbers = [...Array(205).keys()];
  await Promise.all(numbers.map((n) => cloud.post('/v2/account/keys', { name: `${OLD}-${n}`, public_key: keyOf(n) })));
  await Promise.all(numbers.map((n) => record('A', `${OLD}-${n}`, '198.18.1.1')));
  expect(count((await sweep(account, { now: NOW })).removed)).toEqual({ 'SSH key': 205, 'DNS record': 205 });
  expect(await everything()).toEqual([]);
});

test('an API that says 429, fails and cuts connections is waited for', async () => {
  await drillOf(OLD, PAST, keyOf(2));
  for (const fault of [
    { match: { method: 'GET', path: '/v2/droplets' }, status: 429, retryAfter: 0, count: 3 },
    { match: { method: 'DELETE' }, status: 503, count: 3 },
    { match: { method: 'GET', path: '/v2/tags' }, drop: true, count: 2 },
    // Done, but the answer is lost: the second try finds nothing.
    { match: { method: 'DELETE', path: '/v2/firewalls/*' }, status: 500, after: true },
  ])
    expect((await cloud.post('/_cloud/faults', fault)).status).toBe(201);
  expect((await sweep(account, { now: NOW })).problems).toEqual([]);
  expect((await cloud.get('/_cloud/faults')).body.faults).toEqual([]);
  expect(await everything()).toEqual([]);
});

test('where something cannot be removed it says so, goes on, and keeps the marks by which it is found again', async () => {
  await drillOf(OLD, PAST, keyOf(2));
  await cloud.post('/_cloud/faults', {
    match: { method: 'DELETE', path: '/v2/reserved_ips/*' },
    status: 500,
    count: 16,
  });
  const swept = await sweep(account, { now: NOW });
  expect(swept.problems).toEqual([expect.stringContaining('reserved IP'), expect.stringContaining('reserved IP')]);
  expect(count(swept.removed)).toEqual({ droplet: 1, firewall: 1, 'SSH key': 1 });
  expect((await sweep(account, { now: NOW })).problems).toEqual([]);
  // The address that was assigned lost its droplet, and with it its mark; the one in the note is gone.
  expect((await everything()).filter((line) => !line.startsWith('reserved_ips'))).toEqual([]);
});

test('a bucket of which something is locked is shut and named with the end of that, and goes after it', async () => {
  const bucket = `fleet-timmy-${OLD}-alpha`;
  const until = (time: string) => ({ until: new Date(`2026-11-22T${time}Z`) });
  store.put(bucket, 'newer', new Date('2026-11-21T19:30:00Z'), until('19:30:00'));
  store.put(bucket, 'newer', new Date('2026-11-21T19:40:00Z'), { marker: true });
  store.put(bucket, 'newest', new Date('2026-11-21T19:45:00Z'), until('19:20:00'));
  store.put(bucket, 'unlocked', new Date('2026-11-21T19:45:00Z'));
  store.accounts = [`${bucket}-1`, `${bucket}-2`, 'timmy-alpha-alpha-1'];
  const { kept, removed, problems } = await sweep(account, { now: NOW });
  expect({ kept, removed, problems }).toEqual({
    kept: [{ bucket, objects: 2, until: new Date('2026-11-22T19:30:00Z') }],
    removed: [],
    problems: [],
  });
  expect(store.buckets[bucket].versions).toHaveLength(2);
  expect(JSON.parse(store.buckets[bucket].policy ?? '').Statement[0].Effect).toBe('Deny');
  expect(store.accounts).toEqual(['timmy-alpha-alpha-1']);

  store.now = new Date('2026-11-22T19:30:01Z');
  expect((await sweep(account, { now: store.now })).kept).toEqual([]);
  expect(store.buckets).toEqual({});
});

test('scopes are tried without touching anything, and all that lack are named at once', async () => {
  await expect(checkAccess(account)).resolves.toBeUndefined();
  expect(await everything()).toEqual([]);
  const limited = async (api: string, scopes: string[]) =>
    (await cloud.post('/_cloud/tokens', { api, scopes })).body.token as string;
  const short = at(
    await limited('digitalocean', ['*:read', 'droplet:create', 'firewall:create', 'firewall:delete', 'tag:create']),
    await limited('cloudflare', ['zone:read', 'dns_records:read']),
  );
  const error = (await checkAccess(short).catch((thrown: Error) => thrown)) as Error;
  expect(
    error.message
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/.*lacks the scope /, '')),
  ).toEqual([
    'droplet:update',
    'droplet:delete',
    'reserved_ip:create',
    'reserved_ip:update',
    'reserved_ip:delete',
    'firewall:update',
    'ssh_key:create',
    'ssh_key:delete',
    'tag:delete',
    'DNS:Edit of the zone',
  ]);
  expect(await everything()).toEqual([]);
});

test('wrong tokens, a wrong store key and another zone are each one line of the same error', async () => {
  const wrong = { ...at('x', 'y'), admin: { ...store.admin, accessKey: 'other' } };
  const error = (await checkAccess(wrong).catch((thrown: Error) => thrown)) as Error;
  expect(error.message.split('\n')).toHaveLength(4);
  expect(error.message).toMatch(/DIGITALOCEAN_TOKEN[^]*CLOUDFLARE_API_TOKEN[^]*administrator/);
  await expect(checkAccess({ ...account, zone: { ...ZONE, name: 'other.org' } })).rejects.toThrow(
    `is ${ZONE.name}, not other.org`,
  );
});
