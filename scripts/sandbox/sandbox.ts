/**
 * A store and hosts without machines, for tests and for the benchmark of the restore: a real S3 server, and per "host" a
 * folder in which the real scripts run with the real git, restic, age, sqlite3, litestream and rclone. Only systemd is a
 * stand-in that writes down what it was asked.
 */
import { ChildProcess, execFileSync, spawn, spawnSync } from 'child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'fs';
import { tmpdir, userInfo } from 'os';
import { dirname, join, resolve } from 'path';
import type { S3Client } from '@aws-sdk/client-s3';
import { ensureBucket } from '../../components/store/admin';
import { planOf } from '../../components/store/choice';
import { withStore } from '../../components/store/client';
import type { Plan } from '../../components/store/plan';
import { registrationKey } from '../../components/store/registrations';
import { startGateway, until } from './gateway';
import { tools, type Tools } from './tools';

export { TOOLS_TIMEOUT_MS } from './tools';

export const SCRIPTS = resolve(__dirname, '../../host');
export const OWNER = userInfo().username;
export const SECRETS = {
  access: 'hostaccesskey0001',
  secret: 'hostsecretkey-never-in-argv',
  restic: 'resticpassword-never-in-argv',
};

export interface Result {
  code: number;
  out: string;
  err: string;
}

export interface Summary {
  restoredFrom: string;
  id: string;
  at: string;
  seconds: number;
  parts: Record<string, { at: string; objects: number; count?: number }>;
  wouldReplaceNewer?: string[];
  [key: string]: unknown;
}

export class Store {
  private constructor(
    readonly folder: string,
    readonly endpoint: string,
    readonly tools: Tools,
    private readonly server: ChildProcess,
  ) {}

  /** The S3 server that the embedded cloud runs, with a bucket that keeps versions; on a machine with an empty cache it is built first. */
  static async start(): Promise<Store> {
    const found = await tools();
    // Not every /tmp has extended attributes, where the server keeps what it knows of objects.
    const folder = mkdtempSync('/var/tmp/fleet-store-');
    mkdirSync(join(folder, 'data'));
    mkdirSync(join(folder, 'versions'));
    const { endpoint, server } = await startGateway(found.versitygw, SECRETS, (listen) => [
      '--port',
      listen,
      '--region',
      'us-east-1',
      '--quiet',
      '--health',
      '/health',
      'posix',
      '--versioning-dir',
      join(folder, 'versions'),
      join(folder, 'data'),
    ]);
    const store = new Store(folder, endpoint, found, server);
    await store.as((client) => ensureBucket(client, 'bucket'));
    return store;
  }

  /** Does something with the administrator's client. */
  as<T>(work: (client: S3Client) => Promise<T>): Promise<T> {
    const { access: accessKey, secret: secretKey } = SECRETS;
    return withStore({ endpoint: this.endpoint, region: 'us-east-1', accessKey, secretKey }, work);
  }

  /** Names of all objects below a prefix of the bucket. */
  keys(prefix: string): string[] {
    const root = join(this.folder, 'data/bucket');
    return existsSync(join(root, prefix))
      ? execFileSync('find', [join(root, prefix), '-type', 'f', '-printf', '%P\n'], { encoding: 'utf8' })
          .split('\n')
          .filter(Boolean)
          .sort()
      : [];
  }

  path = (key: string) => join(this.folder, 'data/bucket', key);

  stop(): void {
    this.server.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** One host. `incarnation` is its prefix in the store; the data lies in `data`. */
export class Host {
  readonly folder = mkdtempSync(join(tmpdir(), 'fleet-host-'));
  readonly data = join(this.folder, 'data');
  readonly etc = join(this.folder, 'etc');
  readonly state = join(this.folder, 'var');
  private readonly bin = join(this.folder, 'bin');
  private readonly children: ChildProcess[] = [];

  constructor(
    readonly store: Store,
    readonly incarnation: string,
    createdAt: string,
    private readonly key: { identity: string; recipient: string } = testKey(),
  ) {
    for (const path of [this.data, join(this.etc, 'services'), this.state, this.bin])
      mkdirSync(path, { recursive: true });
    const environment = {
      RCLONE_CONFIG_STORE_TYPE: 's3',
      RCLONE_CONFIG_STORE_PROVIDER: 'Other',
      RCLONE_CONFIG_STORE_ENDPOINT: store.endpoint,
      RCLONE_CONFIG_STORE_REGION: 'us-east-1',
      RCLONE_CONFIG_STORE_ACCESS_KEY_ID: SECRETS.access,
      RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: SECRETS.secret,
      RCLONE_CONFIG_STORE_FORCE_PATH_STYLE: 'true',
      RCLONE_CONFIG_STORE_NO_CHECK_BUCKET: 'true',
      AWS_ACCESS_KEY_ID: SECRETS.access,
      AWS_SECRET_ACCESS_KEY: SECRETS.secret,
      AWS_DEFAULT_REGION: 'us-east-1',
      FLEET_BUCKET: 'bucket',
      FLEET_PREFIX: incarnation,
    };
    this.write(
      join(this.etc, 'store.env'),
      Object.entries(environment)
        .map(([name, value]) => `${name}='${value}'\n`)
        .join(''),
    );
    this.write(
      join(this.etc, 'host.json'),
      JSON.stringify({
        stack: 'test',
        host: 'alpha',
        incarnation,
        domain: 'drill.test',
        keep: { everySecondHours: 48, hourlyDays: 7, dailyDays: 30 },
      }),
    );
    this.write(join(this.etc, 'backup.identity'), `${key.identity}\n`);
    this.write(join(this.etc, 'backup.recipient'), `${key.recipient}\n`);
    this.write(join(this.etc, 'restic.password'), `${SECRETS.restic}\n`);
    // What the host's own clock says runs backwards here: only the store's time may count.
    const told = new Date(4e12 - Date.parse(createdAt)).toISOString();
    this.stored(
      registrationKey(incarnation),
      { stack: 'test', host: 'alpha', incarnation, createdAt: told },
      createdAt,
    );
    // Asked for its state, it says "not running"; everything else succeeds and is written down.
    this.standIn(
      'systemctl',
      `#!/bin/sh\necho "$*" >>'${this.state}/systemctl.log'\ncase "$*" in *is-active*) exit 3 ;; *) exit 0 ;; esac\n`,
    );
  }

  write(path: string, content: string, mode = 0o600): void {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode });
  }

  /** An object that the store took at that moment. */
  private stored(key: string, content: object, at: string): void {
    const path = this.store.path(key);
    this.write(path, JSON.stringify(content));
    utimesSync(path, new Date(at), new Date(at));
  }

  /** Puts a program in front of the real ones. */
  standIn(name: string, content: string): void {
    writeFileSync(join(this.bin, name), content);
    chmodSync(join(this.bin, name), 0o755);
  }

  removeStandIn = (name: string) => rmSync(join(this.bin, name), { force: true });

  /** Installs a plan with this dataset, as `install` would leave it. */
  plan(dataset: object, more: object = {}): void {
    const plan = {
      name: 'forge',
      kind: 'forge',
      packages: [],
      artifacts: [],
      users: [],
      directories: [],
      files: [],
      units: [],
      ports: [],
      dependsOn: [],
      hooks: [],
      health: { unit: 'forge.service' },
      dataset: { owner: OWNER, ...dataset },
      ...more,
    };
    this.write(join(this.etc, 'services/forge.json'), JSON.stringify(plan));
  }

  /** Marks the service as protected and tells the hooks, as `protect` does. */
  protect(root?: string): void {
    this.write(join(this.state, 'protected/forge.json'), '{"at":null}');
    if (root !== undefined) this.write(join(this.state, 'ship-roots'), `forge\t${OWNER}\t${root}\n`, 0o644);
  }

  /** Declares this incarnation complete, as `protect` does after reading everything back. */
  complete(at = new Date().toISOString()): void {
    this.stored(
      `${this.incarnation}/forge/complete.json`,
      { complete: 'forge', incarnation: this.incarnation, at, parts: [] },
      at,
    );
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      PATH: process.env.PATH,
      HOME: this.folder,
      FLEET_PATH: `${this.bin}:${this.store.tools.path}`,
      FLEET_LIB: SCRIPTS,
      FLEET_ETC: this.etc,
      FLEET_VAR: this.state,
      FLEET_RUN: join(this.folder, 'run'),
      FLEET_UNIT_DIR: join(this.folder, 'units'),
      RESTIC_CACHE_DIR: join(this.folder, 'cache'),
      RCLONE_RETRIES: '1',
    };
  }

  run(script: string, args: string[] = [], options: { input?: string; env?: NodeJS.ProcessEnv } = {}): Result {
    const result = spawnSync('bash', [join(SCRIPTS, script), ...args], {
      input: options.input ?? '',
      encoding: 'utf8',
      env: { ...this.environment, ...options.env },
      timeout: 60_000,
    });
    return { code: result.status ?? -1, out: result.stdout, err: result.stderr };
  }

  /** Runs a script that must succeed. */
  must(script: string, args: string[] = [], options: { input?: string; env?: NodeJS.ProcessEnv } = {}): Result {
    const result = this.run(script, args, options);
    if (result.code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${result.code}: ${result.err}`);
    return result;
  }

  /** What a restore of an installed service takes, chosen as the program does. */
  planned(at?: string, name = 'forge'): Promise<Plan> {
    const { dataset } = JSON.parse(readFileSync(join(this.etc, `services/${name}.json`), 'utf8')) as {
      dataset: object;
    };
    const before = at === undefined ? undefined : Date.parse(at);
    return this.store.as(async (client) => {
      const source = { client, bucket: 'bucket', host: 'alpha', before };
      return (await planOf(source, this.key.identity, { name, dataset })).plan;
    });
  }

  /** Restores a service by such a plan. */
  async restore(args: string[] = [], { at, name = 'forge' }: { at?: string; name?: string } = {}): Promise<Result> {
    return this.run('restore', [name, ...args], { input: JSON.stringify(await this.planned(at, name)) });
  }

  /** The same, which must succeed; its summary. */
  async mustRestore(args?: string[], options?: { at?: string; name?: string }): Promise<Summary> {
    const result = await this.restore(args, options);
    if (result.code !== 0) throw new Error(`the restore ended with ${result.code}: ${result.err}`);
    return summaryOf(result) as Summary;
  }

  /** Calls functions of the scripts' libraries, as a script does. */
  shell(text: string): string {
    const libraries = ['common', 'store', 'state', 'readback']
      .map((name) => `. "$FLEET_LIB/lib/${name}.sh"; `)
      .join('');
    return execFileSync('bash', ['-c', libraries + text], { env: this.environment, encoding: 'utf8' });
  }

  /** Ships the database until it is caught up, then ends litestream as a stop of its unit does. */
  async shipDatabase(path: string): Promise<void> {
    const [replica] = JSON.parse(this.shell('load_store; litestream_replicas forge')) as [object];
    this.write(
      join(this.folder, 'litestream.yml'),
      JSON.stringify({
        dbs: [{ path, replicas: [{ ...replica, 'sync-interval': '1s', retention: '0s' }] }],
      }),
    );
    const before = this.store.keys(`${this.incarnation}/forge/database`).length;
    const child = spawn(
      this.store.tools.litestream,
      ['replicate', '-config', join(this.folder, 'litestream.yml'), '-no-expand-env'],
      {
        stdio: 'ignore',
        env: { ...process.env, AWS_ACCESS_KEY_ID: SECRETS.access, AWS_SECRET_ACCESS_KEY: SECRETS.secret },
      },
    );
    this.children.push(child);
    // At first a snapshot and a segment, later at least a segment; what is left is shipped at the end.
    await until(
      'litestream ships',
      20,
      () => this.store.keys(`${this.incarnation}/forge/database`).length > before + (before === 0 ? 1 : 0),
    );
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    await ended;
  }

  asked = () =>
    existsSync(join(this.state, 'systemctl.log')) ? readFileSync(join(this.state, 'systemctl.log'), 'utf8') : '';

  remove(): void {
    for (const child of this.children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

let key: { identity: string; recipient: string } | undefined;

/** One age key for all hosts of a test file. */
export function testKey(): { identity: string; recipient: string } {
  key ??= newKey();
  return key;
}

export function newKey(): { identity: string; recipient: string } {
  const identity = execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    .split('\n')
    .find((line) => line.startsWith('AGE-SECRET-KEY-'));
  if (!identity) throw new Error('age-keygen made no key');
  return { identity, recipient: execFileSync('age-keygen', ['-y'], { input: identity, encoding: 'utf8' }).trim() };
}

/** git in a folder, with an author. */
export const git = (folder: string, ...args: string[]) =>
  execFileSync(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@drill.test', '-c', 'init.defaultBranch=main', ...args],
    { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  ).trim();

export const summaryOf = (result: Result) => JSON.parse(result.out.trim().split('\n').pop() ?? '');
