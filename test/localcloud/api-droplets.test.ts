import { Harness, PUBLIC_KEY } from './api-harness';

let cloud: Harness;
beforeEach(async () => {
  cloud = await new Harness().start();
});
afterEach(() => cloud.stop());

const body = (more: object = {}) => ({
  name: 'alpha',
  region: 'nyc1',
  size: 's-1vcpu-1gb',
  image: 'debian-12-x64',
  ssh_keys: null,
  backups: false,
  ipv6: false,
  private_networking: false,
  monitoring: false,
  tags: [],
  ...more,
});

test('a droplet is new and locked until its host runs, then active with its create action completed', async () => {
  cloud.driver.hold = true;
  const {
    status,
    body: { droplet, links },
  } = await cloud.post('/v2/droplets', body());
  expect(status).toBe(202);
  expect(droplet).toMatchObject({ status: 'new', locked: true });
  expect((await cloud.get(`/v2/droplets/${droplet.id}`)).body.droplet.status).toBe('new');
  const action = links.actions[0].href.replace(cloud.url, '');
  expect((await cloud.get(action)).body.action).toMatchObject({
    status: 'in-progress',
    completed_at: null,
    type: 'create',
    resource_id: droplet.id,
    resource_type: 'droplet',
    region_slug: 'nyc1',
  });
  expect((await cloud.post(`/v2/droplets/${droplet.id}/actions`, { type: 'power_off' })).body.message).toBe(
    'Droplet already has a pending event.',
  );
  expect((await cloud.delete(`/v2/droplets/${droplet.id}`)).status).toBe(422);

  await cloud.until('/_cloud/status', () => cloud.driver.specs.length === 1);
  cloud.driver.release();
  const now = await cloud.until(`/v2/droplets/${droplet.id}`, (answer) => answer.droplet.status === 'active');
  expect(now.droplet.locked).toBe(false);
  const actions = (await cloud.get(`/v2/droplets/${droplet.id}/actions?per_page=50`)).body.actions;
  expect(actions.map((own: any) => own.status)).toEqual(['completed']);
  expect(actions[0].completed_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test('the host gets what the program asked for', async () => {
  const {
    body: { ssh_key: key },
  } = await cloud.post('/v2/account/keys', { name: 'drill', public_key: PUBLIC_KEY });
  const droplet = await cloud.droplet({ user_data: '#cloud-config\n', ssh_keys: [key.id], size: 's-2vcpu-4gb' });
  expect(cloud.driver.specs).toEqual([
    {
      id: droplet.id,
      name: 'alpha',
      address: '198.18.0.10',
      userData: '#cloud-config\n',
      publicKeys: [PUBLIC_KEY],
      vendorAptSeconds: 4,
      memoryMiB: 4096,
      diskGiB: 80,
    },
  ]);
});

test('the provider’s agent is installed through apt at the first boot unless the order says no; from outside its first boot can be made longer', async () => {
  const seconds = async (fields: object) => {
    await cloud.droplet(fields);
    return cloud.driver.specs.at(-1)!.vendorAptSeconds;
  };
  expect(await seconds({ with_droplet_agent: false })).toBe(0);
  expect(await seconds({ with_droplet_agent: true })).toBe(4);
  await cloud.post('/_cloud/first-boot', { vendorAptSeconds: 60 });
  expect(await seconds({ with_droplet_agent: false })).toBe(60);
  await cloud.post('/_cloud/first-boot', { vendorAptSeconds: null });
  expect(await seconds({ with_droplet_agent: false })).toBe(0);
});

test('what was withdrawn is neither told nor sold, and is again when it is back', async () => {
  const sizes = async () =>
    (await cloud.get('/v2/sizes?per_page=200')).body.sizes.find(({ slug }: { slug: string }) => slug === 's-1vcpu-1gb');
  await cloud.post('/_cloud/withdrawals', { size: 's-1vcpu-1gb', region: 'nyc1' });
  expect((await sizes()).regions).not.toContain('nyc1');
  expect((await sizes()).available).toBe(true);
  expect(await cloud.post('/v2/droplets', body({}))).toMatchObject({
    status: 422,
    body: { message: 'Size is not available in this region.' },
  });
  await cloud.post('/_cloud/withdrawals', { size: 's-1vcpu-1gb' });
  expect(await sizes()).toMatchObject({ regions: [], available: false });
  await cloud.delete('/_cloud/withdrawals');
  await cloud.post('/_cloud/withdrawals', { image: 'debian-12-x64' });
  expect((await cloud.get('/v2/images/debian-12-x64')).status).toBe(404);
  expect((await cloud.get('/v2/images')).body.images).toEqual([]);
  expect(await cloud.post('/v2/droplets', body({}))).toMatchObject({
    status: 422,
    body: { message: expect.stringContaining('invalid image') },
  });
  expect(cloud.driver.specs).toEqual([]);
  await cloud.delete('/_cloud/withdrawals');
  expect((await cloud.post('/v2/droplets', body({}))).status).toBe(202);
});

test('an answer has every field that the provider dereferences', async () => {
  const droplet = await cloud.droplet({ tags: ['cn-a'], monitoring: true });
  expect(droplet).toMatchObject({
    name: 'alpha',
    memory: 1024,
    vcpus: 1,
    disk: 25,
    tags: ['cn-a'],
    features: ['monitoring', 'droplet_agent'],
    volume_ids: [],
    backup_ids: [],
    snapshot_ids: [],
    region: { slug: 'nyc1' },
    size: { slug: 's-1vcpu-1gb', price_monthly: 6, price_hourly: 0.00893 },
    size_slug: 's-1vcpu-1gb',
    image: { slug: 'debian-12-x64' },
    networks: { v4: [{ ip_address: '198.18.0.10', type: 'public' }], v6: [] },
  });
  expect(droplet.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(droplet.vpc_uuid).toMatch(/^[0-9a-f-]{36}$/);
});

test.each([
  ['a bad name', { name: 'al_pha' }, /hostname characters/],
  ['no name', { name: undefined }, /can't be blank/],
  ['an unknown size', { size: 's-99' }, /invalid size/],
  ['an unknown region', { region: 'mars1' }, /invalid region/],
  ['another image', { image: 'ubuntu-24-04-x64' }, /debian-12-x64 only/],
  ['an unknown key', { ssh_keys: [99] }, /99 are invalid key identifiers/],
  ['IPv6', { ipv6: true }, /no IPv6/],
  ['a bad tag', { tags: ['a b'] }, /Tag names/],
  ['user data over 64 KiB', { user_data: 'é'.repeat(32 * 1024) + 'x' }, /64 KiB/],
])('%s is refused with 422 and leaves nothing behind', async (_what, fields, message) => {
  const answer = await cloud.post('/v2/droplets', body(fields));
  expect(answer.status).toBe(422);
  expect(answer.body).toMatchObject({
    id: 'unprocessable_entity',
    message: expect.stringMatching(message),
    request_id: answer.headers.get('x-request-id'),
  });
  expect((await cloud.get('/v2/droplets')).body.droplets).toEqual([]);
  expect(cloud.driver.specs).toEqual([]);
});

test('user data of exactly 64 KiB is accepted', async () => {
  expect((await cloud.post('/v2/droplets', body({ user_data: 'x'.repeat(64 * 1024) }))).status).toBe(202);
});

test('the account limit holds', async () => {
  const small = await new Harness().start({ limits: { droplets: 1 } });
  await small.droplet();
  expect((await small.post('/v2/droplets', body())).body.message).toMatch(/droplet limit/);
  await small.stop();
});

test('lists filter by tag and by name', async () => {
  const a = await cloud.droplet({ name: 'a', tags: ['Web'] });
  const b = await cloud.droplet({ name: 'b' });
  const ids = async (query: string) =>
    (await cloud.get(`/v2/droplets${query}`)).body.droplets.map((droplet: any) => droplet.id);
  expect(await ids('?tag_name=web')).toEqual([a.id]);
  expect(await ids('?name=b')).toEqual([b.id]);
  expect(await ids('')).toEqual([a.id, b.id]);
});

test('pages carry the links from which clients compute where they are', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) await cloud.droplet({ name });
  const at = async (page: number) => (await cloud.get(`/v2/droplets?page=${page}&per_page=2`)).body;
  const link = (page: number) => `${cloud.url}/v2/droplets?page=${page}&per_page=2`;
  expect(await at(1)).toMatchObject({ droplets: [{ name: 'a' }, { name: 'b' }], meta: { total: 5 } });
  expect((await at(1)).links).toEqual({ pages: { next: link(2), last: link(3) } });
  expect((await at(2)).links).toEqual({ pages: { first: link(1), prev: link(1), next: link(3), last: link(3) } });
  expect((await at(3)).links).toEqual({ pages: { first: link(1), prev: link(2) } });
  expect((await cloud.get('/v2/droplets?page=1&per_page=200')).body.links).toEqual({});
});

test('power and rename actions reach the host and complete', async () => {
  const { id } = await cloud.droplet();
  const act = async (fields: object) => {
    const {
      status,
      body: { action },
    } = await cloud.post(`/v2/droplets/${id}/actions`, fields);
    expect(status).toBe(201);
    await cloud.until(`/v2/actions/${action.id}`, (now) => now.action.status === 'completed');
    return (await cloud.get(`/v2/droplets/${id}`)).body.droplet;
  };
  expect((await act({ type: 'power_off' })).status).toBe('off');
  expect((await cloud.post(`/v2/droplets/${id}/actions`, { type: 'power_off' })).body.message).toContain(
    'Droplet is already powered off',
  );
  expect((await act({ type: 'power_on' })).status).toBe('active');
  expect((await act({ type: 'rename', name: 'beta' })).name).toBe('beta');
  expect((await act({ type: 'enable_backups' })).features).toEqual(['droplet_agent', 'backups']);
  expect(cloud.driver.calls).toEqual([`powerOff ${id}`, `powerOn ${id}`]);
  expect((await cloud.post(`/v2/droplets/${id}/actions`, { type: 'resize', size: 's-2vcpu-4gb' })).status).toBe(422);
});

test('a size that changed without the disk can be taken back, one that grew the disk cannot', async () => {
  const { id, size_slug: size } = await cloud.droplet();
  const act = async (fields: object) => {
    const {
      status,
      body: { action },
    } = await cloud.post(`/v2/droplets/${id}/actions`, fields);
    if (status === 201) await cloud.until(`/v2/actions/${action.id}`, (now) => now.action.status === 'completed');
    return status;
  };
  await act({ type: 'power_off' });
  expect(await act({ type: 'resize', size: 's-4vcpu-8gb' })).toBe(201);
  expect(await act({ type: 'resize', size })).toBe(201);
  expect(await act({ type: 'resize', size: 's-4vcpu-8gb', disk: true })).toBe(201);
  expect(await act({ type: 'resize', size })).toBe(422);
});

test('a token of another account sees nothing of this one, and makes nothing', async () => {
  const { id } = await cloud.droplet();
  const {
    body: { token },
  } = await cloud.post('/_cloud/tokens', { account: 'other' });
  const ask = (path: string, method = 'GET') =>
    fetch(cloud.url + path, { method, headers: { authorization: `Bearer ${token}` } });
  expect(await (await ask('/v2/droplets')).json()).toMatchObject({ droplets: [], meta: { total: 0 } });
  expect((await ask(`/v2/droplets/${id}`)).status).toBe(404);
  expect(((await (await ask('/v2/account')).json()) as { account: { email: string } }).account.email).toBe(
    'somebody-else@drill.test',
  );
  expect((await ask('/v2/sizes')).status).toBe(200);
  expect((await ask('/v2/droplets', 'POST')).status).toBe(404);
});

test('a host that cannot boot ends its action in error', async () => {
  cloud.driver.failCreate = true;
  const {
    body: { droplet },
  } = await cloud.post('/v2/droplets', body());
  const now = await cloud.until(`/v2/droplets/${droplet.id}`, (answer) => answer.droplet.status !== 'new');
  expect(now.droplet).toMatchObject({ status: 'off', locked: false });
  expect((await cloud.get(`/v2/droplets/${droplet.id}/actions`)).body.actions[0].status).toBe('errored');
});

test('a deleted droplet is gone; neither its id nor at once its address is used again', async () => {
  const first = await cloud.droplet();
  expect((await cloud.delete(`/v2/droplets/${first.id}`)).status).toBe(204);
  expect(cloud.driver.calls).toContain(`destroy ${first.id}`);
  const answer = await cloud.get(`/v2/droplets/${first.id}`);
  expect(answer.status).toBe(404);
  expect(answer.body).toMatchObject({
    id: 'not_found',
    message: 'The resource you were accessing could not be found.',
  });
  expect((await cloud.delete(`/v2/droplets/${first.id}`)).status).toBe(404);
  const second = await cloud.droplet();
  expect(second.id).toBeGreaterThan(first.id);
  expect(second.networks.v4[0].ip_address).toBe('198.18.0.11');
});

test('names that every object has are no ids', async () => {
  for (const path of ['/v2/droplets/constructor', '/v2/actions/__proto__', '/v2/firewalls/toString'])
    expect((await cloud.get(path)).status).toBe(404);
});
