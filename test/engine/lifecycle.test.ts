import { destroy, exportState, importState, preview, refresh, up } from '../../engine';
import { FakeCloud } from './support/fakeCloud';
import { steps, TestProject } from './support/project';

jest.setTimeout(60_000);

let cloud: FakeCloud;
let project: TestProject;

beforeEach(async () => {
  cloud = await FakeCloud.start();
  project = new TestProject(cloud.env);
});

afterEach(() => {
  cloud.stop();
  project.remove();
});

const HOST = `
  const tag = r(Tag, 'tag', { name: 'dev-host' });
  const host = r(Droplet, 'host', { ...size, tags: [tag.id] });
  const run = r(Local, 'run', { create: 'echo "on $IP"', environment: { IP: host.ipv4Address }, triggers: [host.id] }, { replaceOnChanges: ['triggers[*]'] });
  exports.address = host.ipv4Address;
  exports.said = run.stdout;
`;

test('creates, is unchanged the second time, and is empty after destroy', async () => {
  project.program(HOST);
  const planned = await preview(project.options());
  expect(project.errors()).toBe('');
  expect(steps(planned)).toEqual(['create p-dev', 'create tag', 'create host', 'create run']);
  expect(cloud.log).toEqual([]);
  const first = await up(project.options());
  expect(project.errors()).toBe('');
  expect(first.ok).toBe(true);
  expect(steps(first)).toEqual(['create p-dev', 'create tag', 'create host', 'create run']);
  expect(first.outputs).toEqual({ address: '203.0.113.10', said: 'on 203.0.113.10' });
  const second = await up(project.options({ includeSame: true }));
  expect(second.summary).toEqual({ same: 4 });
  const end = await destroy(project.options());
  expect(end.ok).toBe(true);
  expect(steps(end)).toEqual(['delete run', 'delete host', 'delete tag', 'delete p-dev']);
  expect(project.resources()).toEqual([]);
  expect(cloud.droplets.size).toBe(0);
});

test('an uptime check and its alert are changed in place, made again where they are lost, and deleted', async () => {
  const watch = (threshold: number) => `
    const check = r('digitalocean:index/uptimeCheck:UptimeCheck', 'check', { name: 'forge', target: 'https://forge.drill.test' });
    r('digitalocean:index/uptimeAlert:UptimeAlert', 'alert', { name: 'forge', checkId: check.id, type: 'latency', threshold: ${threshold}, period: '2m', notifications: [{ emails: ['a@drill.test'] }] });
  `;
  project.program(watch(1));
  expect(steps(await up(project.options()))).toEqual(['create p-dev', 'create check', 'create alert']);
  expect((await up(project.options({ includeSame: true }))).summary).toEqual({ same: 3 });
  project.program(watch(2));
  expect(steps(await up(project.options()))).toEqual(['update alert']);
  expect([...cloud.alerts.values()]).toMatchObject([{ threshold: 2, notifications: { email: ['a@drill.test'] } }]);
  cloud.alerts.clear();
  expect(steps(await up({ ...project.options(), refresh: true }))).toEqual(['refresh alert', 'create alert']);
  expect(steps(await destroy(project.options()))).toEqual(['delete alert', 'delete check', 'delete p-dev']);
  expect([project.errors(), cloud.alerts.size, cloud.checks.size]).toEqual(['', 0, 0]);
});

test('a lost droplet is made again after a refresh, and what hangs on it is replaced', async () => {
  project.program(HOST);
  await up(project.options());
  cloud.droplets.clear();
  const again = await up({ ...project.options(), refresh: true });
  expect(project.errors()).toBe('');
  expect(steps(again)).toEqual([
    'refresh host',
    'create host',
    'create-replacement run',
    'replace run',
    'delete-replaced run',
  ]);
  expect(again.outputs.address).toBe('203.0.113.11');
  expect(again.summary).toEqual({ same: 2, create: 1, replace: 1 });
});

test('refresh drops what is gone', async () => {
  project.program(HOST);
  await up(project.options());
  cloud.droplets.clear();
  const result = await refresh(project.options());
  expect(steps(result)).toEqual(['delete host']);
  const run = project.resources().find((resource) => resource.type === 'command:local:Command');
  expect(run.propertyDependencies).toEqual({ create: [] });
});

test('a page of a proxy is not believed, not even its 404, and is not printed', async () => {
  project.program(HOST);
  await up(project.options());
  cloud.intercept = (method, path) =>
    method === 'GET' && path.startsWith('/v2/droplets/')
      ? { status: 404, page: '<!DOCTYPE html><h1>Blocked</h1>' }
      : undefined;
  const result = await refresh(project.options());
  expect(result.ok).toBe(false);
  expect(project.errors()).toMatch(
    /404 without JSON: something between here and the API answers instead of it, look at the proxy/,
  );
  expect(project.errors()).not.toContain('<');
  expect(project.resources().some(({ type }) => type === 'digitalocean:index/droplet:Droplet')).toBe(true);
});

test('a limit of an hour is told instead of waited for', async () => {
  project.program(HOST);
  await up(project.options());
  cloud.intercept = (method, path) =>
    method === 'GET' && path.startsWith('/v2/droplets/')
      ? { status: 429, headers: { 'retry-after': '3600' }, body: { message: 'Too many requests' } }
      : undefined;
  expect((await refresh(project.options())).ok).toBe(false);
  expect(project.errors()).toMatch(/429 Too many requests; it takes no more requests for 3600 s, run this again then/);
});

test('a state that was exported can be put back, and only one that can be read', async () => {
  project.program(HOST);
  await up(project.options());
  const before = await exportState(project.options());
  cloud.intercept = (method, path) =>
    method === 'GET' && path.startsWith('/v2/droplets/') ? { status: 404, body: {} } : undefined;
  await refresh(project.options());
  cloud.intercept = undefined;
  await expect(
    importState(project.options(), { version: 3, deployment: { resources: [{ urn: 'no' }] } }),
  ).rejects.toThrow();
  await importState(project.options(), before);
  const again = await up(project.options({ includeSame: true }));
  expect(again.summary).toEqual({ same: 4 });
});
