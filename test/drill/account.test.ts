/** What comes before a drill on a real account: settings, refusals, cost, consent, and the marks it will carry. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../scripts/fleet';
import { consent, costOf, costTable, type PricedSize } from '../../drill/clouds/digitalocean/cost';
import { DigitalOceanCloud, openAccount } from '../../drill/clouds/digitalocean/index';
import { prepareAccount } from '../../drill/clouds/digitalocean/prepare';
import { accountSettings } from '../../drill/clouds/digitalocean/settings';
import { declarationNamed } from '../../stacks';
import { expiryOfTag, expiryTag, throwawayOf, throwawayStack } from '../../stacks/model/throwaway';
import { validateDeclaration } from '../../stacks/model/validate';
import { Harness, TOKENS, ZONE } from '../localcloud/api-harness';
import { StoreDouble } from '../scripts/store-double';

const EXPIRES = new Date('2026-11-21T20:30:00Z');
const STACK = throwawayStack(EXPIRES, 'a1b2');
const ENV = {
  DIGITALOCEAN_TOKEN: 'do-secret',
  CLOUDFLARE_API_TOKEN: 'cf-secret',
  FLEET_ZONE_ID: ZONE.id,
  FLEET_ZONE_NAME: ZONE.name,
  FLEET_STORE_ENDPOINT: 'https://store.example.org',
  FLEET_STORE_ACCESS_KEY: 'access',
  FLEET_STORE_SECRET_KEY: 'store-secret',
};
const problem = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('marks', () => {
  test('the stack and the tag say when it expires, and nothing else does', () => {
    expect(STACK).toBe('drill-20261121t203000z-a1b2');
    expect(expiryTag(EXPIRES)).toBe('fleet-expires-20261121T203000Z');
    expect(expiryOfTag('fleet-expires-20261121t203000z')).toEqual(EXPIRES);
    for (const name of [STACK, `timmy-${STACK}-alpha`, `${STACK}-deploy`, `${STACK}-forge.example.org`])
      expect(throwawayOf(name)).toEqual({ stack: STACK, expires: EXPIRES });
    for (const name of [
      'drill',
      'drill-alpha',
      `x${STACK}`,
      `${STACK}c`,
      'drill-20260231t203000z-a1b2',
      'drill-20261121t203000z-xyzw',
      'drill-20261121-a1b2',
    ])
      expect(throwawayOf(name)).toBeUndefined();
    for (const tag of [
      'fleet-expires-soon',
      'fleet-expires-20261399T000000Z',
      'expires-20261121T203000Z',
      'fleet-expires-20261121T203000Z-not',
    ])
      expect(expiryOfTag(tag)).toBeUndefined();
  });

  test('a throwaway stack is valid, carries its marks, keeps away from the names of others, and has the objectives of alpha', () => {
    const declaration = declarationNamed(STACK)!;
    expect(validateDeclaration(declaration)).toEqual([]);
    expect(declaration).toMatchObject({
      stack: STACK,
      tags: ['fleet-drill', 'fleet-expires-20261121T203000Z'],
      protect: false,
      objectives: declarationNamed('alpha')!.objectives,
    });
    expect(declaration.hosts.flatMap((host) => host.publicNames)).toEqual([`${STACK}-forge`]);
    for (const name of ['drill-x', `${STACK}-more`, 'toString']) expect(declarationNamed(name)).toBeUndefined();
  });
});

describe('settings', () => {
  test('all that is missing or malformed is named at once, without a value', () => {
    const message = problem(() =>
      accountSettings({ FLEET_ZONE_ID: 'sec-ret', FLEET_NAMESERVER: 'ns.sec-ret', DIGITALOCEAN_TOKEN: '' }),
    );
    expect(message.match(/^ {2}- /gm)).toHaveLength(8);
    expect(message).toMatch(/the id of the Cloudflare zone is malformed/);
    expect(message).toMatch(/the DigitalOcean token is missing: set DIGITALOCEAN_TOKEN$/m);
    expect(message).toContain('FLEET_STORE_SECRET_KEY');
    expect(message).not.toContain('sec-ret');
  });

  test('the environment wins over a file, and a file may hold no secret', () => {
    const dir = mkdtempSync(join(tmpdir(), 'account-'));
    const file = join(dir, 'account.yaml');
    writeFileSync(
      file,
      `zone: { id: ${'d'.repeat(32)}, name: other.org }\nstore: { endpoint: https://s3.example.org/, usdPerGbMonth: 0.5 }\n`,
    );
    const { FLEET_ZONE_NAME: _name, FLEET_STORE_ENDPOINT: _endpoint, ...env } = ENV;
    expect(accountSettings(env, file)).toMatchObject({
      zoneId: ZONE.id,
      zoneName: 'other.org',
      storeUsdPerGbMonth: 0.5,
      digitalOceanUrl: 'https://api.digitalocean.com',
    });
    writeFileSync(file, 'store: { secretKey: hidden }\ntoken: hidden\n');
    const message = problem(() => accountSettings(ENV, file));
    expect(message).toMatch(/store\.secretKey, token, which it may not/);
    expect(message).not.toContain('hidden');
    expect(problem(() => accountSettings(ENV, join(dir, 'none.yaml')))).toContain('does not exist');
  });
});

describe('cost', () => {
  const declaration = declarationNamed(STACK)!;
  const sizes: PricedSize[] = [
    { slug: declaration.hosts[0].size, price_hourly: 0.03571, regions: [declaration.hosts[0].region], available: true },
  ];

  test('two droplets, an address and the store, for the whole lifetime, rounded up', () => {
    const cost = costOf(declaration, sizes, { size: 'small', usdPerGbMonth: 0.03 });
    expect(cost.lines.map(({ usd }) => Number(usd.toFixed(5)))).toEqual([0.14284, 0.01488, 0.00661]);
    expect(cost.ceilingUsd).toBe(0.17);
    expect(costOf(declaration, sizes, { size: 'large', usdPerGbMonth: 0.03 }).ceilingUsd).toBeGreaterThan(0.17);
    expect(costTable(cost)).toMatch(/at most\s+│\s+│\s+0\.17/);
  });

  test.each([[[]], [[{ ...sizes[0], available: false }]], [[{ ...sizes[0], regions: ['fra1'] }]]])(
    'a size that cannot be had is said',
    (listed) => {
      expect(() => costOf(declaration, listed, { size: 'small', usdPerGbMonth: 0 })).toThrow(
        /has no s-2vcpu-4gb in nyc1/,
      );
    },
  );

  const cost = { lines: [], ceilingUsd: 0.17 };
  const never = () => Promise.reject(new Error('it asked'));
  test('--yes answers beforehand, up to its amount', async () => {
    await expect(consent(cost, 0.17, never)).resolves.toBeUndefined();
    await expect(consent(cost, 0.16, never)).rejects.toThrow(/may cost \$0\.17, more than the \$0\.16/);
    await expect(consent(cost, 0, never)).rejects.toThrow('nothing was touched');
  });
  test('without it a person answers, and without a person there is no drill', async () => {
    const asked: string[] = [];
    await consent(cost, undefined, async (question) => Boolean(asked.push(question)));
    expect(asked[0]).toContain('$0.17');
    await expect(consent(cost, undefined, async () => false)).rejects.toThrow('nothing was touched');
    await expect(consent(cost, undefined, async () => undefined)).rejects.toThrow('no terminal');
  });
});

describe('on the embedded API', () => {
  let cloud: Harness;
  let store: StoreDouble;
  beforeAll(async () => {
    cloud = await new Harness().start();
    store = await new StoreDouble().start();
  });
  afterAll(async () => {
    store.stop();
    await cloud.stop();
  });
  const settings = () =>
    accountSettings({
      ...ENV,
      DIGITALOCEAN_TOKEN: TOKENS.digitalocean,
      CLOUDFLARE_API_TOKEN: TOKENS.cloudflare,
      DIGITALOCEAN_API_URL: `${cloud.url}/`,
      CLOUDFLARE_BASE_URL: `${cloud.url}/client/v4`,
      FLEET_STORE_ENDPOINT: store.admin.endpoint,
    });

  test('it says what really serves it, and expires', async () => {
    const now = new Date('2026-11-21T18:30:00.700Z');
    const opened = await DigitalOceanCloud.open(settings(), openAccount(settings(), 1), now);
    expect(opened.label).toBe(`DigitalOcean API at ${cloud.url}, served by the embedded cloud`);
    expect(opened.standIns).toEqual(
      expect.arrayContaining(['DigitalOcean API: embedded cloud', expect.stringMatching(/^Webhook: not tried/)]),
    );
    expect(throwawayOf(opened.stack)?.expires).toEqual(EXPIRES);
    expect(opened.deadline < EXPIRES).toBe(true);
    expect(opened.hooks()).toBeUndefined();
  });

  test('the address that a stack reserves is noted in the zone, and a deleted droplet is gone', async () => {
    const opened = await DigitalOceanCloud.open(settings(), openAccount(settings(), 1));
    const urn = `urn:pulumi:${opened.stack}::fleet::digitalocean:index/reservedIp:ReservedIp::alpha`;
    opened.follow({ at: 1, kind: 'step-start', op: 'create', urn });
    opened.follow({
      at: 1,
      kind: 'step-done',
      op: 'create',
      urn: urn.replace('reservedIp:ReservedIp', 'tag:Tag'),
      id: 'x',
    });
    opened.follow({ at: 2, kind: 'step-done', op: 'create', urn, id: '198.18.9.9' });
    const { result } = await cloud.until(`/client/v4/zones/${ZONE.id}/dns_records`, (body) => body.result.length > 0);
    expect(result).toEqual([
      expect.objectContaining({ type: 'TXT', name: `${opened.stack}-address.${ZONE.name}`, content: '"198.18.9.9"' }),
    ]);

    const droplet = await cloud.droplet({
      tags: [`timmy-${opened.stack}-alpha`, ...declarationNamed(opened.stack)!.tags],
    });
    await cloud.droplet({ name: 'production' });
    expect(await opened.droplets()).toEqual([droplet.name]);
    await opened.strike('host-destroyed', droplet.id);
    expect(cloud.driver.calls).toContain(`destroy ${droplet.id}`);
    expect(await opened.left()).toEqual([]);
  });

  /** Requests that changed something. */
  const writes = async () =>
    ((await cloud.get('/_cloud/requests')).body.requests as Array<{ method: string; status: number }>).filter(
      ({ method, status }) => method !== 'GET' && status < 300,
    );
  const surroundings = { say: () => undefined, ask: () => Promise.reject(new Error('it asked')) };

  test('nothing is done before somebody has agreed to pay', async () => {
    await cloud.call('DELETE', '/_cloud/requests');
    await expect(prepareAccount(settings(), { size: 'small', yes: 5 }, surroundings)).rejects.toThrow(
      /store at .* does not let/,
    );
    const allowed = { ...settings(), storeAccessKey: 'admin' };
    await expect(prepareAccount(allowed, { size: 'small', yes: 0.01 }, surroundings)).rejects.toThrow(
      'more than the $0.01',
    );
    expect(await writes()).toEqual([]);
  });

  test('what an earlier drill left is swept before a new one begins', async () => {
    const left = throwawayStack(new Date('2026-01-01T00:00:00Z'), 'dead');
    await cloud.post('/v2/tags', { name: `${left}-alpha` });
    const said: string[] = [];
    const opened = await prepareAccount(
      { ...settings(), storeAccessKey: 'admin' },
      { size: 'small', yes: 5 },
      { ...surroundings, say: (line) => said.push(line) },
    );
    expect(said.join('\n')).toContain(`removed tag ${left}-alpha`);
    expect(said.join('\n')).toContain(opened.stack);
    expect((await cloud.get('/v2/tags')).body.tags.map(({ name }: { name: string }) => name)).not.toContain(
      `${left}-alpha`,
    );
  });
});

describe('the command line', () => {
  const saved = process.env;
  const written: string[] = [];
  beforeEach(() => {
    written.length = 0;
    process.env = { PATH: saved.PATH };
    for (const stream of [process.stdout, process.stderr])
      jest.spyOn(stream, 'write').mockImplementation((text) => Boolean(written.push(String(text))));
  });
  afterEach(() => {
    process.env = saved;
    process.exitCode = undefined;
    jest.restoreAllMocks();
  });

  test.each([
    [['drill', '--cloud', 'digitalocean', '--engine', 'embedded'], /embedded engine/],
    [['drill', '--cloud', 'digitalocean', '--keep'], /never kept/],
    [['drill', '--yes', '5'], /--yes is for/],
    [['drill', '--account', 'x'], /--account is for/],
    [['drill', '--cloud', 'digitalocean', '--yes', 'all'], /amount in USD/],
    [['drill', '--cloud', 'moon'], /Allowed choices/],
    [['drill', 'sweep'], /--cloud digitalocean/],
  ])('fleet %j is wrong usage', async (argv, sentence) => {
    await expect(main(argv)).resolves.toBe(2);
    expect(written.join('')).toMatch(sentence);
  });

  test.each([
    [['drill', '--cloud', 'digitalocean', '--yes', '5']],
    [['drill', 'sweep', '--cloud', 'digitalocean', '--dry-run']],
  ])('fleet %j without settings names all of them and ends in 1', async (argv) => {
    await expect(main(argv)).resolves.toBe(1);
    expect(written.join('').match(/is missing/g)).toHaveLength(7);
  });
});
