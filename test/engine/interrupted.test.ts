/** The state is written step by step, so that a run that is killed in the middle is taken up where it was. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { up } from '../../engine';
import { FakeCloud } from './support/fakeCloud';
import { steps, TestProject } from './support/project';

jest.setTimeout(150_000);

const ROOT = join(__dirname, '../..');

let cloud: FakeCloud;
let project: TestProject;
let engine: ChildProcess | undefined;

beforeEach(async () => {
  cloud = await FakeCloud.start();
  project = new TestProject(cloud.env);
});

afterEach(() => {
  engine?.kill('SIGKILL');
  cloud.stop();
  project.remove();
});

async function until(what: string, check: () => boolean): Promise<void> {
  const end = Date.now() + 60_000;
  while (!check()) {
    if (Date.now() > end) throw new Error(`gave up waiting: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether any process works in the folder. */
function isInUse(folder: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readlinkSync(join('/proc', pid, 'cwd')) === folder;
      } catch {
        return false; // ended meanwhile
      }
    });
}

/** Starts `up` elsewhere, waits for the request that the cloud does not answer, and kills the engine there. */
async function killedAt(method: string, path: string, how: 'hang' | 'hang-after'): Promise<void> {
  let reached = false;
  cloud.intercept = (asked, where) => {
    if (asked !== method || where !== path) return undefined;
    reached = true;
    return how;
  };
  await killedOnce(`${method} ${path}`, () => reached, 'up');
  cloud.intercept = undefined;
}

/** Starts a verb elsewhere, waits until it has got so far, and kills the engine there. */
async function killedOnce(what: string, reached: () => boolean, verb: 'up' | 'preview'): Promise<void> {
  const { onEvent: _, ...options } = project.options();
  engine = spawn(
    process.execPath,
    ['--require', require.resolve('tsx/cjs'), join(__dirname, 'support/child.ts'), verb],
    {
      stdio: ['pipe', 'ignore', 'inherit'],
    },
  );
  const ended = new Promise((resolve) => engine!.once('exit', (_code, signal) => resolve(signal)));
  engine.stdin!.end(JSON.stringify(options));
  await until(what, reached);
  engine.kill('SIGKILL');
  expect(await ended).toBe('SIGKILL');
}

const PROGRAM = `
  const tag = r(Tag, 'tag', { name: 'dev-host' });
  const host = r(Droplet, 'host', { ...size, tags: [tag.id] });
  exports.address = host.ipv4Address;
`;
const pending = (): string[] =>
  (project.state().checkpoint.latest.pending_operations ?? []).map(
    ({ type, resource }: any) => `${type} ${resource.urn.split('::').at(-1)}`,
  );
const names = (): string[] => project.resources().map(({ urn }) => urn.split('::').at(-1));

test('killed while a droplet was made: what was done is written, the droplet is found again and not made twice', async () => {
  project.program(PROGRAM);
  await killedAt('POST', '/v2/droplets', 'hang-after');
  expect(existsSync(project.stateFile)).toBe(true);
  expect(names()).toContain('tag');
  expect(names()).not.toContain('host');
  expect(pending()).toEqual(['creating host']);
  // The program belongs to the engine and must not outlive it.
  await until('the end of the program', () => !isInUse(project.directory));

  const again = await up(project.options());
  expect(project.errors()).toBe('');
  expect(again.ok).toBe(true);
  expect(cloud.droplets.size).toBe(1);
  expect(cloud.count(/^POST \/v2\/droplets$/)).toBe(1);
  expect(cloud.count(/^POST \/v2\/tags$/)).toBe(1);
  expect(JSON.stringify(project.events)).toContain('was found');
  expect(pending()).toEqual([]);
  expect((await up(project.options())).steps).toEqual([]);
});

test('killed before the request had an effect: the resource is made again', async () => {
  project.program(PROGRAM);
  await killedAt('POST', '/v2/droplets', 'hang');
  expect(pending()).toEqual(['creating host']);
  const again = await up(project.options());
  expect(project.errors()).toBe('');
  expect(steps(again)).toEqual(['create host']);
  expect(cloud.droplets.size).toBe(1);
  expect(pending()).toEqual([]);
});

test('killed in a preview: the program ends with it', async () => {
  project.program(`
    require('tsx/cjs');
    require(${JSON.stringify(join(ROOT, 'components/engine-watch'))}).endWithEngine();
    require('fs').writeFileSync('started', '');
    setInterval(() => undefined, 1000);
  `);
  await killedOnce('the program', () => existsSync(join(project.directory, 'started')), 'preview');
  await until('the end of the program', () => !isInUse(project.directory));
});

test('two runs of one stack at the same time: the second is refused, and the stack is free afterwards', async () => {
  project.program(PROGRAM);
  let reached = false;
  cloud.intercept = (method, path) => {
    if (method !== 'POST' || path !== '/v2/droplets') return undefined;
    reached = true;
    return 'hang';
  };
  const abort = new AbortController();
  const first = up(project.options({ signal: abort.signal }));
  await until('the first run', () => reached);
  const second = await up(project.options());
  expect(second.ok).toBe(false);
  expect(project.errors()).toContain('The stack is locked by');
  cloud.intercept = undefined;
  abort.abort();
  expect((await first).ok).toBe(false);
  expect((await up(project.options())).ok).toBe(true);
});
