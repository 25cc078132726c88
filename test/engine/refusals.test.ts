/** What the embedded engine refuses, and what it never writes or says. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { up } from '../../engine';
import { FakeCloud } from './support/fakeCloud';
import { openStackFile } from '../fixtures/passphrase';
import { steps, TestProject } from './support/project';

jest.setTimeout(60_000);

let cloud: FakeCloud;
let project: TestProject;

beforeEach(async () => {
  cloud = await FakeCloud.start();
});

afterEach(() => {
  cloud.stop();
  project.remove();
});

const TAG = `r(Tag, 'tag', { name: 'dev-host' });`;
const RECORD = `r('cloudflare:index/dnsRecord:DnsRecord', 'record', { zoneId: 'z1', name: 'git.drill.test', type: 'A', content: '198.18.0.128', ttl: 30 });`;

test.each([
  ['DIGITALOCEAN_API_URL', 'https://api.digitalocean.com', TAG],
  ['DIGITALOCEAN_API_URL', '', TAG],
  ['DIGITALOCEAN_API_URL', 'http://127.0.0.1.example.org', TAG],
  ['DIGITALOCEAN_API_URL', 'http://198.18.1.1', TAG],
  ['CLOUDFLARE_BASE_URL', 'https://api.cloudflare.com/client/v4', RECORD],
  ['CLOUDFLARE_BASE_URL', '', RECORD],
])('%s=%s is refused before anything is asked of it', async (name, value, body) => {
  project = new TestProject({ ...cloud.env, [name]: value });
  project.program(body);
  const result = await up(project.options());
  expect(result.ok).toBe(false);
  expect(project.errors()).toContain('The embedded engine only rehearses');
  expect(project.errors()).toContain(name);
  expect(project.errors()).not.toMatch(/\n\s+at /);
  expect(cloud.log).toEqual([]);
  expect(steps(result)).toEqual(['create p-dev']);
});

test.each([
  ["import: 'x'", "the option 'import'"],
  ["pluginDownloadURL: 'https://example.org'", "the option 'pluginDownloadURL'"],
])('the resource option %s is an error that names it, not ignored', async (option, named) => {
  project = new TestProject(cloud.env);
  project.program(`r(Tag, 'tag', { name: 'dev-host' }, { ${option} });`);
  expect((await up(project.options())).ok).toBe(false);
  expect(project.errors()).toContain(
    `Resource 'tag' [digitalocean:index/tag:Tag] uses ${named}, which the embedded engine does not implement.`,
  );
  expect(cloud.count(/^POST/)).toBe(0);
});

test('a resource type that no provider has is an error that names it', async () => {
  project = new TestProject(cloud.env);
  project.program(`r('digitalocean:index/volume:Volume', 'disk', { size: 1 });`);
  expect((await up(project.options())).ok).toBe(false);
  expect(project.errors()).toContain('digitalocean:index/volume:Volume');
});

test.each([
  ['--stack-trace-limit=3  --no-warnings', true, '[3,["--stack-trace-limit=3","--no-warnings"]]'],
  [`"--title='two words'"`, false, 'runtime.options.nodeargs'],
])("the project's arguments for node are passed on, or refused: %s", async (nodeargs, ok, seen) => {
  project = new TestProject(cloud.env);
  project.write(
    'Pulumi.yaml',
    `name: p\nruntime:\n  name: nodejs\n  options: { typescript: false, nodeargs: ${nodeargs} }\n`,
  );
  project.program('exports.seen = JSON.stringify([Error.stackTraceLimit, process.execArgv]);');
  const result = await up(project.options());
  expect(result.ok).toBe(ok);
  expect(ok ? result.outputs.seen : project.errors()).toContain(seen);
});

test('secrets of the configuration are nowhere in the clear: not in the state, its copy, the events or an error', async () => {
  const SECRET = 'hunter2-never-in-clear';
  project = new TestProject(cloud.env);
  const file = await openStackFile(join(project.directory, 'Pulumi.dev.yaml'));
  file.setSecret('p:password', SECRET);
  file.setPlain('p:plain', 'shown');
  file.save();
  project.program(`
    const config = new pulumi.Config();
    const password = config.requireSecret('password');
    const run = r(Local, 'run', { create: 'cat; echo "env $WORD"', stdin: password, environment: { WORD: password } }, { additionalSecretOutputs: ['stdout'] });
    const failing = r(Local, 'failing', { create: pulumi.interpolate\`echo \${password} >&2; exit 1\` }, { dependsOn: [run] });
    console.log('the program says', config.get('password'));
    exports.plain = config.get('plain');
    exports.said = run.stdout;
  `);
  const result = await up(project.options());
  expect(result.ok).toBe(false);
  expect(project.errors()).toContain('exit status 1');
  expect(project.resources().map(({ type }) => type)).toContain('command:local:Command');
  expect(result.outputs.said).toBe('[secret]');
  const folder = join(project.backend, '.pulumi/stacks/p');
  const stored = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  expect(stored.length).toBeGreaterThan(1);
  for (const text of [...stored, JSON.stringify(project.events), JSON.stringify(result)])
    expect(text).not.toContain(SECRET);
});
