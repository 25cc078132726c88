import { Harness } from './api-harness';

let cloud: Harness;
beforeEach(async () => {
  cloud = await new Harness().start();
});
afterEach(() => cloud.stop());

const anywhere = { addresses: ['0.0.0.0/0', '::/0'] };
const ssh = { protocol: 'tcp', ports: '22', sources: anywhere };
const firewall = (more: object = {}) => ({
  name: 'fw',
  inbound_rules: [ssh],
  outbound_rules: null,
  droplet_ids: null,
  tags: [],
  ...more,
});
const create = async (more: object = {}) => {
  const { status, body } = await cloud.post('/v2/firewalls', firewall(more));
  expect({ status, body }).toMatchObject({ status: 202 });
  return body.firewall;
};

test('a firewall by tag covers droplets that are tagged later, and no longer those untagged', async () => {
  await cloud.post('/v2/tags', { name: 'web' });
  await create({ tags: ['web'] });
  const droplet = await cloud.droplet();
  expect(cloud.driver.plan.firewalls[droplet.id]).toBeNull();
  const resources = { resources: [{ resource_id: String(droplet.id), resource_type: 'droplet' }] };
  expect((await cloud.post('/v2/tags/web/resources', resources)).status).toBe(204);
  const rules = [{ direction: 'inbound', protocol: 'tcp', ports: '22', addresses: ['0.0.0.0/0', '::/0'] }];
  expect(cloud.driver.plan.firewalls[droplet.id]).toEqual(rules);
  const tagged = await cloud.droplet({ name: 'beta', tags: ['WEB'] });
  expect(cloud.driver.plan.firewalls[tagged.id]).toEqual(rules);
  expect(tagged.tags).toEqual(['web']);
  expect((await cloud.delete('/v2/tags/web/resources', resources)).status).toBe(204);
  expect(cloud.driver.plan.firewalls[droplet.id]).toBeNull();
  expect((await cloud.delete('/v2/tags/web')).status).toBe(204);
  expect(cloud.driver.plan.firewalls[tagged.id]).toBeNull();
  expect((await cloud.get('/v2/tags/web')).status).toBe(404);
});

test('the policy covers a droplet before its host boots', async () => {
  await cloud.post('/v2/tags', { name: 'web' });
  await create({ tags: ['web'] });
  cloud.driver.hold = true;
  const { body } = await cloud.order({ name: 'a', tags: ['web'] });
  await cloud.until('/_cloud/status', () => cloud.driver.specs.length === 1);
  expect(cloud.driver.plan.firewalls[body.droplet.id]).toHaveLength(1);
});

test('rules that name tags and droplets become addresses; several firewalls add up', async () => {
  const a = await cloud.droplet({ name: 'a', tags: ['db'] });
  const b = await cloud.droplet({ name: 'b', tags: ['app'] });
  await create({
    inbound_rules: [{ protocol: 'tcp', ports: '5432', sources: { tags: ['app'] } }],
    droplet_ids: [a.id],
  });
  await create({
    name: 'fw2',
    inbound_rules: null,
    outbound_rules: [{ protocol: 'icmp', destinations: { droplet_ids: [b.id] } }],
    tags: ['db'],
  });
  const address = b.networks.v4[0].ip_address;
  expect(cloud.driver.plan.firewalls[a.id]).toEqual([
    { direction: 'inbound', protocol: 'tcp', ports: '5432', addresses: [address] },
    { direction: 'outbound', protocol: 'icmp', ports: '0', addresses: [address] },
  ]);
  await cloud.delete(`/v2/droplets/${b.id}`);
  expect(cloud.driver.plan.firewalls[a.id]).toEqual([]);
});

test('the answer echoes the rules in a form without differences', async () => {
  await cloud.post('/v2/tags', { name: 't' });
  const rules = [
    ssh,
    { protocol: 'icmp', sources: { addresses: ['10.0.0.0/8'] } },
    { protocol: 'tcp', ports: '8000-9000', sources: { tags: ['t'] } },
    { protocol: 'udp', ports: 'all', sources: anywhere },
    { protocol: 'udp', ports: '1-65535', sources: anywhere },
  ];
  const { id } = await create({ inbound_rules: rules, tags: ['t'] });
  const { firewall: shown } = (await cloud.get(`/v2/firewalls/${id}`)).body;
  expect(shown).toMatchObject({
    name: 'fw',
    status: 'succeeded',
    tags: ['t'],
    droplet_ids: [],
    outbound_rules: [],
    pending_changes: [],
  });
  expect(shown.inbound_rules.map((rule: any) => rule.ports)).toEqual(['22', '0', '8000-9000', '0', '1-65535']);
  expect(shown.inbound_rules[0].sources).toEqual(anywhere);
  expect(shown.inbound_rules[2].sources).toEqual({ tags: ['t'] });
});

test('a firewall is replaced as a whole, and deleting it lifts the policy', async () => {
  const droplet = await cloud.droplet();
  const { id } = await create({ droplet_ids: [droplet.id] });
  expect(
    (
      await cloud.put(
        `/v2/firewalls/${id}`,
        firewall({ inbound_rules: [{ ...ssh, ports: '443' }], droplet_ids: [droplet.id] }),
      )
    ).status,
  ).toBe(200);
  expect(cloud.driver.plan.firewalls[droplet.id]!.map((rule) => rule.ports)).toEqual(['443']);
  expect((await cloud.delete(`/v2/firewalls/${id}`)).status).toBe(204);
  expect(cloud.driver.plan.firewalls[droplet.id]).toBeNull();
});

test.each([
  ['a tag that does not exist', { tags: ['nowhere'] }, /tag nowhere does not exist/],
  ['a droplet that does not exist', { droplet_ids: [7] }, /droplet 7 does not exist/],
  ['no rules', { inbound_rules: [] }, /at least one rule/],
  ['a bad prefix', { inbound_rules: [{ ...ssh, sources: { addresses: ['10.0.0.0/33'] } }] }, /invalid address/],
  ['a bad port', { inbound_rules: [{ ...ssh, ports: '90-80' }] }, /invalid ports/],
  ['a tcp rule without ports', { inbound_rules: [{ protocol: 'tcp', sources: anywhere }] }, /ports are required/],
])('%s is refused', async (_what, fields, message) => {
  const answer = await cloud.post('/v2/firewalls', firewall(fields));
  expect(answer.status).toBe(422);
  expect(answer.body.message).toMatch(message);
});

test('a policy that cannot be applied is shown as failed', async () => {
  cloud.driver.failNetwork = true;
  expect((await create()).status).toBe('failed');
});

test('tags have all counts that the provider dereferences', async () => {
  await cloud.droplet({ tags: ['env:drill'] });
  const none = { count: 0 };
  expect((await cloud.get('/v2/tags/env:drill')).body.tag).toEqual({
    name: 'env:drill',
    resources: {
      count: 1,
      droplets: { count: 1, last_tagged_uri: expect.any(String) },
      images: none,
      volumes: none,
      volume_snapshots: none,
      databases: none,
    },
  });
  expect((await cloud.post('/v2/tags', { name: 'env:drill' })).status).toBe(201);
  expect((await cloud.post('/v2/tags', { name: 'no spaces' })).status).toBe(422);
  expect((await cloud.post('/v2/tags/unknown/resources', { resources: [] })).status).toBe(404);
});

describe('reserved IPs', () => {
  const reserve = async (region = 'nyc1') => (await cloud.post('/v2/reserved_ips', { region })).body.reserved_ip;
  const act = async (ip: string, fields: object) => {
    const { status, body } = await cloud.post(`/v2/reserved_ips/${ip}/actions`, fields);
    expect({ status, body }).toMatchObject({
      status: 201,
      body: { action: { status: 'in-progress', resource_type: 'reserved_ip' } },
    });
    await cloud.until(`/v2/reserved_ips/${ip}/actions/${body.action.id}`, (now) => now.action.status === 'completed');
  };
  const holder = async (ip: string) => (await cloud.get(`/v2/reserved_ips/${ip}`)).body.reserved_ip.droplet?.id ?? null;

  test('are assigned, moved and unassigned by actions', async () => {
    const [a, b] = [await cloud.droplet({ name: 'a' }), await cloud.droplet({ name: 'b' })];
    const { ip, region, droplet } = await reserve();
    expect({ ip, droplet, region: region.slug }).toEqual({ ip: '198.18.0.128', droplet: null, region: 'nyc1' });
    expect(cloud.driver.plan.reservedIps).toEqual({ [ip]: null });
    await act(ip, { type: 'assign', droplet_id: a.id });
    expect(await holder(ip)).toBe(a.id);
    await act(ip, { type: 'assign', droplet_id: b.id });
    expect(cloud.driver.plan.reservedIps).toEqual({ [ip]: b.id });
    await act(ip, { type: 'unassign' });
    expect(await holder(ip)).toBeNull();
    expect((await cloud.post(`/v2/reserved_ips/${ip}/actions`, { type: 'unassign' })).status).toBe(422);
    expect((await cloud.delete(`/v2/reserved_ips/${ip}`)).status).toBe(204);
    expect((await cloud.get(`/v2/reserved_ips/${ip}`)).status).toBe(404);
    expect(cloud.driver.plan.reservedIps).toEqual({});
  });

  test('become free when their droplet is deleted', async () => {
    const { id } = await cloud.droplet();
    const { ip } = await reserve();
    await act(ip, { type: 'assign', droplet_id: id });
    await cloud.delete(`/v2/droplets/${id}`);
    expect(await holder(ip)).toBeNull();
    expect(cloud.driver.plan.reservedIps).toEqual({ [ip]: null });
  });

  test('stay in their region, one a droplet, and wait for the droplet', async () => {
    const { id } = await cloud.droplet();
    const [far, near, second] = [await reserve('fra1'), await reserve(), await reserve()];
    const refused = async (ip: string, droplet: number) =>
      (await cloud.post(`/v2/reserved_ips/${ip}/actions`, { type: 'assign', droplet_id: droplet })).body.message;
    expect(await refused(far.ip, id)).toMatch(/different regions/);
    await act(near.ip, { type: 'assign', droplet_id: id });
    expect(await refused(second.ip, id)).toMatch(/already has a reserved IP/);
    cloud.driver.hold = true;
    const { body } = await cloud.order({ name: 'b' });
    expect(await refused(second.ip, body.droplet.id)).toBe('Droplet already has a pending event.');
  });

  test('go back to where they were when they cannot be routed', async () => {
    const { id } = await cloud.droplet();
    const { ip } = await reserve();
    cloud.driver.failNetwork = true;
    const { body } = await cloud.post(`/v2/reserved_ips/${ip}/actions`, { type: 'assign', droplet_id: id });
    await cloud.until(`/v2/actions/${body.action.id}`, (now) => now.action.status === 'errored');
    expect(await holder(ip)).toBeNull();
  });
});
