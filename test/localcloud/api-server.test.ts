import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { FINGERPRINT, Harness, PUBLIC_KEY, TOKENS, ZONE } from './api-harness';

let cloud: Harness;
beforeEach(async () => {
  cloud = await new Harness().start();
});
afterEach(() => cloud.stop());

const records = `/client/v4/zones/${ZONE.id}/dns_records`;

describe('authorisation', () => {
  test('no token, a wrong one or one of the other API is refused, also for paths that do not exist', async () => {
    for (const token of ['', 'wrong', TOKENS.cloudflare]) {
      const answer = await cloud.call('GET', '/v2/account', undefined, token);
      expect(answer).toMatchObject({
        status: 401,
        body: { id: 'unauthorized', message: 'Unable to authenticate you' },
      });
    }
    expect((await cloud.call('GET', '/v2/nothing', undefined, 'wrong')).status).toBe(401);
    expect(await cloud.call('GET', records, undefined, TOKENS.digitalocean)).toMatchObject({
      status: 401,
      body: { success: false, errors: [{ code: 10000 }] },
    });
  });

  test('a token with few scopes may do those only', async () => {
    const issue = async (api: string, scopes: string[]) =>
      (await cloud.post('/_cloud/tokens', { api, scopes })).body.token;
    const reader = await issue('digitalocean', ['*:read']);
    expect((await cloud.call('GET', '/v2/droplets', undefined, reader)).status).toBe(200);
    expect(await cloud.call('POST', '/v2/tags', { name: 'a' }, reader)).toMatchObject({
      status: 403,
      body: { id: 'forbidden', message: 'You are missing the required permission tag:create.' },
    });
    const tagger = await issue('digitalocean', ['tag:create']);
    expect((await cloud.call('POST', '/v2/tags', { name: 'a' }, tagger)).status).toBe(201);
    expect((await cloud.call('POST', '/v2/tags/a/resources', { resources: [] }, tagger)).body.message).toContain(
      'tag:update',
    );
    expect((await cloud.call('GET', '/v2/account/keys', undefined, tagger)).body.message).toContain('ssh_key:read');
    const dns = await issue('cloudflare', ['dns_records:read']);
    expect((await cloud.call('GET', records, undefined, dns)).status).toBe(200);
    expect(await cloud.call('POST', records, {}, dns)).toMatchObject({ status: 403, body: { success: false } });
    expect((await cloud.call('GET', '/v2/account', undefined, dns)).status).toBe(401);
  });

  test('limited tokens may also be configured', async () => {
    const other = await new Harness().start({
      tokens: { ...TOKENS, limited: [{ api: 'digitalocean', token: 'few', scopes: ['account:read'] }] },
    });
    expect((await other.call('GET', '/v2/account', undefined, 'few')).status).toBe(200);
    expect((await other.call('GET', '/v2/droplets', undefined, 'few')).status).toBe(403);
    await other.stop();
  });
});

test('every answer has a request id and the rate-limit headers, and the limit is enforced', async () => {
  const small = await new Harness().start({ limits: { requestsPerHour: 2 } });
  const first = await small.get('/v2/account');
  expect(first.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(first.headers.get('ratelimit-limit')).toBe('2');
  expect(first.headers.get('ratelimit-remaining')).toBe('1');
  expect(Number(first.headers.get('ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000);
  expect((await small.get('/v2/account')).status).toBe(200);
  const third = await small.get('/v2/account');
  expect(third).toMatchObject({ status: 429, body: { id: 'too_many_requests', message: 'API rate limit exceeded.' } });
  expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(3000);
  await small.stop();
});

test('so is the limit of a minute, which says when to come back; what was refused does not count', async () => {
  const small = await new Harness().start({ limits: { requestsPerMinute: 3 } });
  for (let count = 0; count < 3; count++) expect((await small.get('/v2/account')).status).toBe(200);
  for (let count = 0; count < 3; count++) {
    const refused = await small.get('/v2/account');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(Number(refused.headers.get('ratelimit-remaining'))).toBe(100_000 - 4);
  }
  await small.stop();
});

test('unknown paths and broken bodies are answered in the shape of their API', async () => {
  expect(await cloud.get('/v2/nothing')).toMatchObject({ status: 404, body: { id: 'not_found' } });
  expect(await cloud.get('/client/v4/nothing')).toMatchObject({
    status: 404,
    body: { success: false, errors: [{ code: 7003 }] },
  });
  const response = await fetch(`${cloud.url}/v2/tags`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKENS.digitalocean}`, 'content-type': 'application/json' },
    body: '{',
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ id: 'bad_request', message: 'The body is not valid JSON.' });
});

test('lookups: account, regions, sizes, images, projects, VPCs', async () => {
  expect((await cloud.get('/v2/account')).body.account).toMatchObject({ status: 'active', droplet_limit: 25 });
  expect((await cloud.get('/v2/sizes')).body.sizes).toContainEqual(
    expect.objectContaining({ slug: 's-2vcpu-4gb', memory: 4096 }),
  );
  expect((await cloud.get('/v2/regions')).body.regions).toContainEqual(
    expect.objectContaining({ slug: 'nyc1', available: true }),
  );
  expect((await cloud.get('/v2/images/debian-12-x64')).body.image.slug).toBe('debian-12-x64');
  expect((await cloud.get('/v2/images/none')).status).toBe(404);
  expect((await cloud.get('/v2/images?page=1&per_page=200&private=true')).body.images).toEqual([]);
  expect((await cloud.get('/v2/projects/default')).body.project.is_default).toBe(true);
  expect((await cloud.delete('/v2/projects/default')).status).toBe(412);
  const {
    body: { vpc },
  } = await cloud.post('/v2/vpcs', { name: 'net', region: 'nyc1' });
  expect(vpc).toMatchObject({ urn: `do:vpc:${vpc.id}`, description: '', default: false });
  const droplet = await cloud.droplet({ vpc_uuid: vpc.id });
  expect(await cloud.delete(`/v2/vpcs/${vpc.id}`)).toMatchObject({ status: 409, body: { id: 'conflict' } });
  await cloud.delete(`/v2/droplets/${droplet.id}`);
  expect((await cloud.delete(`/v2/vpcs/${vpc.id}`)).status).toBe(204);
});

test('SSH keys: created once, found by id and fingerprint, renamed, deleted', async () => {
  const {
    status,
    body: { ssh_key: key },
  } = await cloud.post('/v2/account/keys', { name: 'a', public_key: PUBLIC_KEY });
  expect(status).toBe(201);
  expect(key).toEqual({
    id: expect.any(Number),
    name: 'a',
    public_key: PUBLIC_KEY,
    fingerprint: expect.stringMatching(FINGERPRINT),
  });
  expect(await cloud.post('/v2/account/keys', { name: 'b', public_key: PUBLIC_KEY })).toMatchObject({
    status: 422,
    body: { message: 'SSH Key is already in use on your account' },
  });
  expect((await cloud.post('/v2/account/keys', { name: 'b', public_key: 'rubbish' })).status).toBe(422);
  expect((await cloud.get(`/v2/account/keys/${key.fingerprint}`)).body.ssh_key.id).toBe(key.id);
  expect((await cloud.put(`/v2/account/keys/${key.id}`, { name: 'c' })).body.ssh_key.name).toBe('c');
  expect((await cloud.get('/v2/account/keys?page=1&per_page=200')).body).toMatchObject({
    ssh_keys: [{ name: 'c' }],
    links: {},
    meta: { total: 1 },
  });
  expect((await cloud.delete(`/v2/account/keys/${key.id}`)).status).toBe(204);
  expect((await cloud.get(`/v2/account/keys/${key.id}`)).status).toBe(404);
});

test('uptime checks keep their regions as given, alerts have notifications', async () => {
  const {
    status,
    body: { check },
  } = await cloud.post('/v2/uptime/checks', {
    name: 'c',
    type: 'https',
    target: 'https://forge.drill.test',
    regions: null,
    enabled: true,
  });
  expect(status).toBe(201);
  expect(check.regions).toBeNull();
  const path = `/v2/uptime/checks/${check.id}`;
  expect(
    (await cloud.put(path, { name: 'c2', type: 'ping', target: '198.18.0.5', regions: ['eu_west'], enabled: false }))
      .body.check,
  ).toEqual({ id: check.id, name: 'c2', type: 'ping', target: '198.18.0.5', regions: ['eu_west'], enabled: false });
  const {
    body: { alert },
  } = await cloud.post(`${path}/alerts`, {
    name: 'a',
    type: 'down',
    threshold: 0,
    comparison: '',
    notifications: { email: ['ops@drill.test'], slack: null },
    period: '2m',
  });
  expect((await cloud.get(`${path}/alerts/${alert.id}`)).body.alert).toEqual({
    id: alert.id,
    name: 'a',
    type: 'down',
    threshold: 0,
    comparison: '',
    notifications: { email: ['ops@drill.test'], slack: [] },
    period: '2m',
  });
  expect((await cloud.delete(`${path}/alerts/${alert.id}`)).status).toBe(204);
  expect((await cloud.get(`${path}/alerts/${alert.id}`)).status).toBe(404);
  expect((await cloud.delete(path)).status).toBe(204);
  expect((await cloud.get(path)).status).toBe(404);
});

describe('restart', () => {
  const restart = async () => {
    await cloud.api.close();
    return cloud.start();
  };

  test('keeps everything, never the user data', async () => {
    await cloud.post('/v2/account/keys', { name: 'a', public_key: PUBLIC_KEY });
    const droplet = await cloud.droplet({ tags: ['web'], user_data: 'TOP-SECRET' });
    await cloud.post('/v2/firewalls', {
      name: 'fw',
      inbound_rules: [{ protocol: 'tcp', ports: '22', sources: { addresses: ['0.0.0.0/0'] } }],
      tags: ['web'],
    });
    await cloud.post('/v2/reserved_ips', { droplet_id: droplet.id });
    await cloud.post(records, { name: 'forge', type: 'A', content: '198.18.0.128', ttl: 300 });
    const paths = [
      '/v2/droplets',
      '/v2/tags',
      '/v2/firewalls',
      '/v2/reserved_ips',
      '/v2/account/keys',
      '/v2/actions',
      '/v2/vpcs',
      records,
    ];
    // Links hold the port, which is another one after the restart.
    const everything = async () =>
      JSON.stringify(await Promise.all(paths.map(async (path) => (await cloud.get(path)).body))).replace(
        /127\.0\.0\.1:\d+/g,
        '',
      );
    const [before, plan] = [await everything(), cloud.driver.plan];
    expect(before).toContain('198.18.0.128');
    await restart();
    expect(await everything()).toBe(before);
    expect(cloud.driver.plan).toEqual(plan);
    expect((await cloud.droplet({ name: 'beta' })).id).toBe(droplet.id + 1);
    expect(readFileSync(cloud.statePath, 'utf8')).not.toContain('TOP-SECRET');
    expect(statSync(cloud.statePath).mode & 0o777).toBe(0o600);
    expect(existsSync(`${cloud.statePath}.new`)).toBe(false);
  });

  test('finds out which hosts survived, ends open actions and removes hosts without a droplet', async () => {
    const [alive, dead] = [await cloud.droplet({ name: 'a' }), await cloud.droplet({ name: 'b' })];
    cloud.driver.hold = true;
    const { body } = await cloud.order({ name: 'c' });
    await cloud.post(`/_cloud/droplets/${alive.id}/hang`);
    cloud.driver.running = [alive.id, 4711];
    await restart();
    const status = async (id: number) => (await cloud.get(`/v2/droplets/${id}`)).body.droplet.status;
    expect([await status(alive.id), await status(dead.id), await status(body.droplet.id)]).toEqual([
      'active',
      'off',
      'off',
    ]);
    expect((await cloud.get(`/v2/droplets/${body.droplet.id}/actions`)).body.actions[0].status).toBe('errored');
    expect(cloud.driver.calls.slice(1)).toEqual(['destroy 4711', `freeze ${alive.id} true`]);
  });

  test('an old server that ends later does not overwrite the state', async () => {
    cloud.driver.hold = true;
    await cloud.order({ name: 'c' });
    await cloud.until('/_cloud/status', () => cloud.driver.specs.length === 1);
    await cloud.api.close();
    writeFileSync(cloud.statePath, 'of the next server');
    cloud.driver.release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(readFileSync(cloud.statePath, 'utf8')).toBe('of the next server');
    expect(() => cloud.api.records.exists('x')).not.toThrow();
    await expect(cloud.start()).rejects.toThrow(/is unreadable; run `fleet cloud stop`/);
  });
});

describe('control', () => {
  test('a destroyed host is gone for the API too, its address is free, and its boot cannot bring it back', async () => {
    const droplet = await cloud.droplet();
    const {
      body: { reserved_ip: reserved },
    } = await cloud.post('/v2/reserved_ips', { droplet_id: droplet.id });
    expect((await cloud.get('/_cloud/droplets')).body.droplets).toMatchObject([
      { id: droplet.id, name: 'alpha', reservedIps: [reserved.ip] },
    ]);
    expect((await cloud.post('/_cloud/droplets/alpha/destroy')).status).toBe(200);
    expect((await cloud.get(`/v2/droplets/${droplet.id}`)).status).toBe(404);
    expect((await cloud.get(`/v2/reserved_ips/${reserved.ip}`)).body.reserved_ip.droplet).toBeNull();
    expect(cloud.driver.running).toEqual([]);
    expect((await cloud.post('/_cloud/droplets/alpha/destroy')).status).toBe(404);

    cloud.driver.hold = true;
    const { body } = await cloud.order({ name: 'b' });
    await cloud.until('/_cloud/status', () => cloud.driver.specs.length === 2);
    await cloud.post('/_cloud/droplets/b/destroy');
    cloud.driver.release();
    await cloud.until(`/v2/actions`, (answer) =>
      answer.actions.every((action: any) => action.status !== 'in-progress'),
    );
    expect(cloud.driver.running).toEqual([]);
    expect((await cloud.get(`/v2/droplets/${body.droplet.id}`)).status).toBe(404);
  });

  test('hang, partition, heal and power-off reach the host; a hung host stays active', async () => {
    const { id } = await cloud.droplet();
    await cloud.post(`/_cloud/droplets/${id}/hang`);
    await cloud.post(`/_cloud/droplets/${id}/partition`);
    expect((await cloud.get('/_cloud/droplets')).body.droplets).toMatchObject([
      { hung: true, partitioned: true, status: 'active' },
    ]);
    await cloud.post(`/_cloud/droplets/${id}/heal`);
    await cloud.post(`/_cloud/droplets/${id}/power-off`);
    expect((await cloud.get('/_cloud/droplets')).body.droplets).toMatchObject([
      { hung: false, partitioned: false, status: 'off' },
    ]);
    expect(cloud.driver.calls).toEqual([
      `freeze ${id} true`,
      `partition ${id} true`,
      `freeze ${id} false`,
      `partition ${id} false`,
      `powerOff ${id}`,
    ]);
  });

  test('fill and set-clock reach the host and say how far', async () => {
    const { id } = await cloud.droplet();
    await cloud.post(`/_cloud/droplets/${id}/fill`, { leaveMiB: 50 });
    await cloud.post(`/_cloud/droplets/alpha/fill`);
    await cloud.post(`/_cloud/droplets/${id}/unfill`);
    const { clock } = (await cloud.post(`/_cloud/droplets/${id}/set-clock`, { seconds: -3600 })).body;
    expect(clock).toMatchObject({
      seconds: -3600,
      wrongFor: expect.stringContaining('C library'),
      rightFor: expect.stringContaining('Go programs'),
    });
    expect(cloud.driver.calls).toEqual([`fill ${id} 50`, `fill ${id} 0`, `fill ${id} null`, `setClock ${id} -3600`]);
    expect((await cloud.post(`/_cloud/droplets/${id}/set-clock`, {})).status).toBe(422);
    expect((await cloud.post(`/_cloud/droplets/${id}/fill`, { leaveMiB: -1 })).status).toBe(422);
    await cloud.post(`/_cloud/droplets/${id}/power-off`);
    expect((await cloud.post(`/_cloud/droplets/${id}/set-clock`, { seconds: 5 })).status).toBe(422);
  });

  test('acts on a droplet that is destroyed are answered with 404, also when it goes meanwhile', async () => {
    const { id } = await cloud.droplet();
    await cloud.post(`/_cloud/droplets/${id}/partition`);
    cloud.driver.partition = async () => {
      await cloud.post(`/_cloud/droplets/${id}/destroy`);
      throw new Error(`There is no host ${id}.`);
    };
    expect((await cloud.post(`/_cloud/droplets/${id}/heal`)).status).toBe(404);
    expect((await cloud.post(`/_cloud/droplets/${id}/heal`)).status).toBe(404);
  });

  test('requests are listed without headers and bodies', async () => {
    await cloud.post('/v2/tags', { name: 'a' });
    await cloud.get(`${records}?page=2`);
    const { requests } = await cloud.until('/_cloud/requests', (answer) => answer.requests.length === 2);
    expect(requests).toEqual([
      { at: expect.any(String), method: 'POST', path: '/v2/tags', status: 201 },
      { at: expect.any(String), method: 'GET', path: `${records}?page=2`, status: 200 },
    ]);
    await cloud.delete('/_cloud/requests');
    expect((await cloud.get('/_cloud/requests')).body.requests).toEqual([]);
  });
});

describe('faults', () => {
  const fault = async (fields: object) => expect((await cloud.post('/_cloud/faults', fields)).status).toBe(201);

  test('answer as many matching requests as asked for, in the shape of the API', async () => {
    await fault({ match: { method: 'post', path: '/v2/tags' }, status: 503, retryAfter: 0, count: 2 });
    expect((await cloud.get('/v2/tags')).status).toBe(200);
    const answer = await cloud.post('/v2/tags', { name: 'a' });
    expect(answer).toMatchObject({ status: 503, body: { id: 'service_unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('0');
    expect((await cloud.get('/_cloud/faults')).body.faults).toMatchObject([{ left: 1 }]);
    expect((await cloud.post('/v2/tags', { name: 'a' })).status).toBe(503);
    expect((await cloud.get('/v2/tags')).body.tags).toEqual([]);
    expect((await cloud.post('/v2/tags', { name: 'a' })).status).toBe(201);
    await fault({ match: { path: '/client/v4/*' }, status: 429, retryAfter: 0.15 });
    const limited = await cloud.get(records);
    expect(limited).toMatchObject({ status: 429, body: { success: false } });
    expect(limited.headers.get('retry-after-ms')).toBe('150');
  });

  test('drop the connection, before or after the work', async () => {
    await fault({ match: { path: '/v2/tags' }, drop: true });
    await expect(cloud.post('/v2/tags', { name: 'a' })).rejects.toThrow();
    expect((await cloud.get('/v2/tags/a')).status).toBe(404);
    await fault({ match: { path: '/v2/tags' }, drop: true, after: true });
    await expect(cloud.post('/v2/tags', { name: 'a' })).rejects.toThrow();
    expect((await cloud.get('/v2/tags/a')).status).toBe(200);
    await fault({ match: { method: 'POST' }, status: 500, after: true });
    expect(await cloud.post('/v2/tags', { name: 'b' })).toMatchObject({ status: 500, body: { id: 'server_error' } });
    expect((await cloud.get('/v2/tags/b')).status).toBe(200);
    const { body } = await cloud.get('/_cloud/requests');
    expect(body.requests.map((request: any) => request.status)).toEqual([0, 404, 0, 200, 500, 200]);
  });

  test('hold for a time, and for a seeded share of the requests', async () => {
    const share = async (seed: number) => {
      await fault({ match: { path: '/v2/account' }, status: 429, retryAfter: 1, seconds: 60, probability: 0.5, seed });
      const statuses = [];
      for (let request = 0; request < 40; request++) statuses.push((await cloud.get('/v2/account')).status);
      await cloud.delete('/_cloud/faults');
      return statuses;
    };
    const first = await share(7);
    expect(first.filter((status) => status === 429).length).toBeGreaterThan(10);
    expect(first.filter((status) => status === 200).length).toBeGreaterThan(10);
    expect(await share(7)).toEqual(first);
    expect(await share(8)).not.toEqual(first);

    await fault({ status: 500, seconds: 0.2 });
    const [{ endsAt }] = (await cloud.get('/_cloud/faults')).body.faults;
    expect((await cloud.get('/v2/account')).status).toBe(500);
    expect((await cloud.get('/v2/account')).status).toBe(500);
    await cloud.until('/_cloud/faults', (answer) => answer.faults.length === 0);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(endsAt));
    expect((await cloud.get('/v2/account')).status).toBe(200);
    // Bounded in both ways, the request that is not met by the first fault meets the next.
    await fault({ status: 500, seconds: 60, count: 1 });
    await fault({ status: 503, seconds: 60, count: 1 });
    expect([
      (await cloud.get('/v2/account')).status,
      (await cloud.get('/v2/account')).status,
      (await cloud.get('/v2/account')).status,
    ]).toEqual([500, 503, 200]);
  });

  test('delay, are cleared, and must do something', async () => {
    await fault({ delayMs: 150 });
    const before = performance.now();
    expect((await cloud.get('/v2/account')).status).toBe(200);
    expect(performance.now() - before).toBeGreaterThanOrEqual(145);
    await fault({ status: 500, count: 9 });
    await cloud.delete('/_cloud/faults');
    expect((await cloud.get('/v2/account')).status).toBe(200);
    expect((await cloud.post('/_cloud/faults', { match: {} })).status).toBe(422);
    expect((await cloud.post('/_cloud/faults', { status: 500, mach: {} })).status).toBe(422);
  });
});
