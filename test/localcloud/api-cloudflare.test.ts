import { Harness, ZONE } from './api-harness';

let cloud: Harness;
beforeEach(async () => {
  cloud = await new Harness().start();
});
afterEach(() => cloud.stop());

const zones = '/client/v4/zones';
const records = `${zones}/${ZONE.id}/dns_records`;
const record = (more: object = {}) => ({
  content: '198.18.0.5',
  name: 'forge.drill.test',
  proxied: false,
  ttl: 300,
  type: 'A',
  ...more,
});
const create = async (more: object = {}) => (await cloud.post(records, record(more))).body.result;

test('the zone is found by name and by id', async () => {
  const { body } = await cloud.get(`${zones}?name=drill.test`);
  expect(body).toMatchObject({
    success: true,
    errors: [],
    result: [{ id: ZONE.id, name: 'drill.test', status: 'active' }],
  });
  expect((await cloud.get(`${zones}?name=other.test`)).body.result).toEqual([]);
  expect((await cloud.get(`${zones}/${ZONE.id}`)).body.result.name).toBe('drill.test');
  expect(await cloud.get(`${zones}/${'0'.repeat(32)}`)).toMatchObject({
    status: 404,
    body: { success: false, result: null },
  });
});

test('lists end with an empty page', async () => {
  expect((await cloud.get(`${zones}?name=drill.test&page=2`)).body.result).toEqual([]);
  for (const name of ['a', 'b', 'c']) await create({ name });
  const page = async (number: number) => (await cloud.get(`${records}?per_page=2&page=${number}`)).body;
  expect(await page(2)).toMatchObject({
    result: [{ name: 'c.drill.test' }],
    result_info: { page: 2, per_page: 2, count: 1, total_count: 3, total_pages: 2 },
  });
  expect((await page(3)).result).toEqual([]);
  expect((await cloud.get(`${records}?page=2`)).body.result).toEqual([]);
});

test('a record has the real shape, with its full name and a null comment', async () => {
  const { status, body } = await cloud.post(records, record({ name: 'forge' }));
  expect(status).toBe(200);
  expect(body.result).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    name: 'forge.drill.test',
    type: 'A',
    content: '198.18.0.5',
    proxiable: true,
    proxied: false,
    ttl: 300,
    settings: {},
    meta: {},
    comment: null,
    tags: [],
    created_on: expect.stringMatching(/Z$/),
    modified_on: expect.stringMatching(/Z$/),
  });
  expect((await cloud.get(`${records}/${body.result.id}`)).body.result).toEqual(body.result);
  expect((await create({ name: '@' })).name).toBe('drill.test');
  expect((await cloud.get(`${records}?name=Forge.drill.test&type=A`)).body.result).toHaveLength(1);
  expect((await cloud.get(`${records}?type=MX`)).body.result).toEqual([]);
});

test('an identical record is refused, another content is not', async () => {
  await create();
  expect(await cloud.post(records, record())).toMatchObject({
    status: 400,
    body: { success: false, result: null, errors: [{ code: 81058, message: 'An identical record already exists.' }] },
  });
  expect((await cloud.post(records, record({ content: '198.18.0.6' }))).status).toBe(200);
  expect((await cloud.post(records, record({ type: 'CNAME', content: 'other.test' }))).body.errors[0].code).toBe(81053);
});

test('an update replaces the record; a missing one is 404', async () => {
  const { id } = await create({ comment: 'old' });
  const { body } = await cloud.put(
    `${records}/${id}`,
    record({ content: '198.18.0.9', comment: null, tags: [], settings: {} }),
  );
  expect(body.result).toMatchObject({ id, content: '198.18.0.9', comment: null });
  expect((await cloud.call('PATCH', `${records}/${id}`, { ttl: 60 })).body.result).toMatchObject({
    ttl: 60,
    content: '198.18.0.9',
  });
  expect(await cloud.delete(`${records}/${id}`)).toMatchObject({ status: 200, body: { result: { id } } });
  for (const method of ['GET', 'PUT', 'DELETE']) {
    expect(await cloud.call(method, `${records}/${id}`, method === 'PUT' ? record() : undefined)).toMatchObject({
      status: 404,
      body: { errors: [{ code: 81044 }] },
    });
  }
});

test('an SRV record is made of its data', async () => {
  const data = { priority: 1, weight: 2, port: 7777, target: 'forge.drill.test' };
  const { content: _none, ...given } = record({ type: 'SRV', name: '_relay._tcp', data });
  expect((await cloud.post(records, given)).body.result).toMatchObject({
    name: '_relay._tcp.drill.test',
    content: '2 7777 forge.drill.test',
    priority: 1,
    data,
  });
  expect(cloud.api.records.lookup('_relay._tcp.drill.test', 'SRV')).toEqual([
    { content: '2 7777 forge.drill.test', ttl: 300, priority: 1 },
  ]);
});

test.each([
  ['a short TTL', { ttl: 30 }, 9021],
  ['a name as address', { content: 'not-an-address' }, 9005],
  ['an unknown type', { type: 'BOGUS' }, 1004],
  ['MX without priority', { type: 'MX', content: 'mail.drill.test' }, 9100],
])('%s is refused with 400', async (_what, fields, code) => {
  expect(await cloud.post(records, record(fields))).toMatchObject({
    status: 400,
    body: { success: false, errors: [{ code }] },
  });
});

test('the DNS server reads the live records', async () => {
  const source = cloud.api.records;
  const { id } = await create();
  await create({ name: '*.apps', type: 'CNAME', content: 'forge.drill.test', proxied: true, ttl: 1 });
  await create({ name: 'x.y.apps', content: '198.18.0.7' });
  expect(source.lookup('FORGE.drill.test.', 'a')).toEqual([{ content: '198.18.0.5', ttl: 300 }]);
  expect(source.lookup('forge.drill.test', 'TXT')).toEqual([]);
  expect(source.exists('forge.drill.test')).toBe(true);
  expect(source.lookup('one.apps.drill.test', 'CNAME')).toEqual([{ content: 'forge.drill.test', ttl: 300 }]);
  expect(source.lookup('y.apps.drill.test', 'CNAME')).toEqual([]);
  expect(source.exists('y.apps.drill.test')).toBe(true);
  expect(source.exists('nothing.drill.test')).toBe(false);
  await cloud.put(`${records}/${id}`, record({ content: '198.18.0.9' }));
  expect(source.lookup('forge.drill.test', 'A')).toEqual([{ content: '198.18.0.9', ttl: 300 }]);
});
