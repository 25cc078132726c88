import { destroy, preview, refresh, up } from '../../engine';
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

test('a lost droplet is made again after a refresh, and what hangs on it is replaced', async () => {
  project.program(HOST);
  await up(project.options());
  cloud.droplets.clear();
  const again = await up({ ...project.options(), refresh: true });
  expect(project.errors()).toBe('');
  expect(steps(again)).toEqual(['refresh host', 'create host', 'create-replacement run', 'replace run', 'delete-replaced run']);
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
