/** The program from a production install in a clean folder, started on the oldest promised Node.js as the official CLI starts it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { initStack } from '../../scripts/init/init';
import type { StackRef } from '../../scripts/lib/project';
import { StackFile } from '../../scripts/lib/stack-file';
import { nodeJs } from '../../stacks/outside/versions';

const root = resolve(__dirname, '../..');
const NOWHERE = 'http://127.0.0.1:9';
const INSTALL_MS = 900_000;
let dir: string;
let program: string;
let oldest: string;
/** What is compiled of a folder that goes is not kept. */
const uncached = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };

const npm = (cwd: string, ...args: string[]) =>
  execFileSync('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'], {
    cwd,
    stdio: 'pipe',
  });

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'fleet-install-test-'));
  program = join(dir, 'program');
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\0')
    .filter(Boolean);
  for (const file of files) cpSync(join(root, file), join(program, file));
  npm(program, 'ci', '--omit=dev');
  // The program needs neither; npm links them as workspaces.
  for (const workspace of ['engine', 'localcloud', 'test']) rmSync(join(program, workspace), { recursive: true });
  const nodePackage = `node-${process.platform}-${process.arch}`;
  mkdirSync(join(dir, 'oldest'));
  npm(join(dir, 'oldest'), 'install', '--prefix', '.', `${nodePackage}@${nodeJs.value}`);
  oldest = join(dir, 'oldest/node_modules', nodePackage, 'bin/node');
}, INSTALL_MS);
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function stackOf(name: string): Promise<StackRef> {
  const env = {
    DIGITALOCEAN_API_URL: NOWHERE,
    DIGITALOCEAN_TOKEN: 'none',
    CLOUDFLARE_BASE_URL: `${NOWHERE}/client/v4`,
    CLOUDFLARE_API_TOKEN: 't'.repeat(40),
  };
  const ref: StackRef = {
    projectDir: program,
    stack: name,
    configFile: join(dir, `Pulumi.${name}.yaml`),
    backendDir: join(dir, 'state'),
    passphrase: 'of the test',
    env,
  };
  mkdirSync(ref.backendDir, { recursive: true });
  const file = await StackFile.open(ref.configFile, ref.passphrase);
  file.setPlain('fleet:zone', { id: '0'.repeat(32), name: 'install.test' });
  file.setPlain('fleet:store', { endpoint: NOWHERE, region: 'us-east-1', bucketPrefix: 'fleet' });
  file.setPlain('fleet:forgeAdmin', { name: 'admin', email: 'admin@install.test' });
  // What no public source has a checksum of is pinned by who begins.
  file.setPlain('fleet:artifactPins', { ollama: '0'.repeat(64), 'gitea-runner': '0'.repeat(64) });
  await initStack(name, file, async () => 'store-administrator');
  file.save();
  return ref;
}

/** A preview by the SDK's own runner; the embedded engine of the working copy answers it. */
async function preview(name: string, node: string) {
  const loader = `file://${root}/node_modules/tsx/dist/loader.mjs`;
  const done = spawnSync(
    node,
    ['--import', loader, join(root, 'drill/bench/preview/run.ts'), JSON.stringify(await stackOf(name)), 'embedded'],
    {
      cwd: program,
      env: { ...uncached, TSX_TSCONFIG_PATH: join(root, 'tsconfig.json') },
      encoding: 'utf8',
    },
  );
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout.trim().split('\n').at(-1)!) as { ok: boolean; error: string | null; resources: number };
}

test.each(['drill', 'alpha', 'beta'])(
  'it compiles and registers the resources of %s',
  async (name) => {
    const { ok, error, resources } = await preview(name, oldest);
    expect({ ok, error }).toEqual({ ok: true, error: null });
    expect(resources).toBeGreaterThan(20);
  },
  300_000,
);

test('every package that it may load, also only when a host is made, loads', () => {
  const { dependencies } = JSON.parse(readFileSync(join(program, 'package.json'), 'utf8'));
  const load = `for (const name of ${JSON.stringify(Object.keys(dependencies))}) try { require(name); } catch (error) { console.log(name + ': ' + error.message); }`;
  const { stdout, status } = spawnSync(oldest, ['-e', load], { cwd: program, encoding: 'utf8', env: uncached });
  expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
}, 60_000);
