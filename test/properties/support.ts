/** What the tests of properties share: every plan of the fleet, and a ground on which single host scripts run between stand-ins. */
import { execFile, execFileSync, spawnSync } from 'child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'fs';
import { tmpdir, userInfo } from 'os';
import { dirname, join, resolve } from 'path';
import { plansOf, type ServicePlan } from '../../services';
import { declarations, type Declaration } from '../../stacks';
import { settingsSchema } from '../../stacks/model/settings';
import { parsedSettings } from '../program/mocks';

export const SCRIPTS = resolve(__dirname, '../../host');
export const OWNER = userInfo().username;

/** Every script and program text of the hosts: path below host, its lines, and the same with continued ones joined and comments empty. */
export const texts = execFileSync('find', [SCRIPTS, '-type', 'f', '-printf', '%P\n'], { encoding: 'utf8' })
  .trim()
  .split('\n')
  .sort()
  .map((file) => ({ file, text: readFileSync(join(SCRIPTS, file), 'utf8') }))
  .map(({ file, text }) => ({
    file,
    raw: text.split('\n'),
    lines: text
      .replace(/\\\n\s*/g, ' ')
      .split('\n')
      .map((line) => (/^\s*#/.test(line) ? '' : line)),
  }));

/** `file: line` of every line of the hosts' scripts that the pattern finds. */
export const linesWith = (pattern: RegExp) =>
  texts.flatMap(({ file, lines }) =>
    lines.filter((line) => pattern.test(line)).map((line) => `${file}: ${line.trim()}`),
  );

/** Both stacks, everything that is off by default included. */
const whole = (['alpha', 'beta'] as const).map((name) => {
  const declaration = structuredClone(declarations[name]) as Declaration;
  if (name === 'alpha') declaration.hosts[0].extraServices = ['docker', 'matrix-conduit', 'tailscale'];
  return declaration;
});
export const settings = settingsSchema.parse(parsedSettings());
/** The plan of every service that the fleet knows, by stack. */
export const plans: Array<ServicePlan & { stack: string }> = whole.flatMap((declaration) =>
  declaration.hosts.flatMap((host) =>
    plansOf(declaration, host, settings).map((plan) => ({ ...plan, stack: declaration.stack })),
  ),
);

export interface Result {
  code: number;
  out: string;
  err: string;
}

/** A folder in which host scripts run as they are, with stand-ins in front of the real programs. */
export class Ground {
  readonly folder = mkdtempSync(join(tmpdir(), 'fleet-ground-'));
  readonly lib = join(this.folder, 'lib');
  readonly etc = join(this.folder, 'etc');
  readonly state = join(this.folder, 'var');
  readonly data = join(this.folder, 'data');

  /** `moved`: fixed paths and URLs of the scripts, and where they are here. Unless it `waits`, a wait looks once: that it ends is one test's business. */
  constructor({ moved = {}, waits = false }: { moved?: Record<string, string>; waits?: boolean } = {}) {
    for (const path of [join(this.etc, 'services'), this.state, this.data, join(this.folder, 'bin')])
      mkdirSync(path, { recursive: true });
    cpSync(SCRIPTS, this.lib, { recursive: true });
    for (const { file } of Object.keys(moved).length ? texts : []) {
      const path = join(this.lib, file);
      writeFileSync(
        path,
        Object.entries(moved).reduce(
          (text, [from, to]) => text.replaceAll(from, /^https?:/.test(to) ? to : join(this.folder, to)),
          readFileSync(path, 'utf8'),
        ),
      );
    }
    if (!waits)
      writeFileSync(
        join(this.lib, 'lib/common.sh'),
        `${readFileSync(join(this.lib, 'lib/common.sh'), 'utf8')}\npoll() { shift; "$@"; }\n`,
      );
    this.standIn('logger', 'echo "$*" >>"$GROUND/journal"');
    this.standIn('systemctl', 'echo "$*" >>"$GROUND/systemctl"; case "$*" in *is-active*) exit 3 ;; esac');
    this.write(
      join(this.etc, 'store.env'),
      [
        'RCLONE_CONFIG_STORE_ENDPOINT=http://127.0.0.1:9',
        'RCLONE_CONFIG_STORE_REGION=r',
        'AWS_ACCESS_KEY_ID=a',
        'AWS_SECRET_ACCESS_KEY=s',
        'FLEET_BUCKET=bucket',
        'FLEET_PREFIX=mine',
        '',
      ].join('\n'),
    );
    this.write(join(this.etc, 'host.json'), JSON.stringify({ stack: 'test', host: 'alpha', incarnation: 'mine' }));
    this.write(join(this.etc, 'backup.recipient'), 'age1x\n');
    this.write(join(this.etc, 'restic.password'), 'password\n');
  }

  write(path: string, content: string): string {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  /** Puts a shell program in front of the real one. `$GROUND` is the folder, also where the environment is a clean one. */
  standIn(name: string, body: string): void {
    writeFileSync(join(this.folder, 'bin', name), `#!/bin/sh\nexport GROUND='${this.folder}'\n${body}\n`);
    chmodSync(join(this.folder, 'bin', name), 0o755);
  }

  plan(plan: object): void {
    const whole = {
      name: 'forge',
      kind: 'forge',
      packages: [],
      users: [],
      directories: [],
      files: [],
      units: [],
      ports: [],
      dependsOn: [],
      hooks: [],
      health: { unit: 'forge.service' },
      ...plan,
    };
    this.write(join(this.etc, `services/${whole.name}.json`), JSON.stringify(whole));
    this.write(
      join(this.state, `restored/${whole.name}.json`),
      '{"bootstrap":false,"incarnation":"before","restoredFrom":"before","at":"2026-01-01T00:00:00Z"}',
    );
  }

  /** What was written to a file of the ground, e.g. by a stand-in. */
  said = (file: string) => (existsSync(join(this.folder, file)) ? readFileSync(join(this.folder, file), 'utf8') : '');
  forget = (file: string) => rmSync(join(this.folder, file), { force: true, recursive: true });

  get environment(): NodeJS.ProcessEnv {
    const bin = join(this.folder, 'bin');
    return {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: this.folder,
      GROUND: this.folder,
      FLEET_PATH: bin,
      FLEET_LIB: this.lib,
      FLEET_ETC: this.etc,
      FLEET_VAR: this.state,
      FLEET_RUN: join(this.folder, 'run'),
      FLEET_UNIT_DIR: join(this.folder, 'units'),
      RCLONE_RETRIES: '1',
      FLEET_START_SECONDS: '1',
    };
  }

  run(
    script: string,
    args: string[] = [],
    { input = '', env = {} }: { input?: string; env?: NodeJS.ProcessEnv } = {},
  ): Result {
    const program = script.endsWith('.py') ? 'python3' : 'bash';
    const { status, stdout, stderr } = spawnSync(program, [join(this.lib, script), ...args], {
      input,
      encoding: 'utf8',
      env: { ...this.environment, ...env },
      timeout: 30_000,
    });
    return { code: status ?? -1, out: stdout, err: stderr };
  }

  /** The same, while this process goes on, so that it can answer. */
  runBeside(script: string, args: string[] = []): Promise<Result> {
    return new Promise((done) => {
      execFile(
        'bash',
        [join(this.lib, script), ...args],
        { env: this.environment, timeout: 30_000 },
        (error, out, err) => done({ code: error ? (typeof error.code === 'number' ? error.code : -1) : 0, out, err }),
      );
    });
  }

  /** Calls functions of the scripts' libraries, as a script does. */
  shell(text: string): Result {
    const { status, stdout, stderr } = spawnSync(
      'bash',
      ['-euo', 'pipefail', '-c', `. "$FLEET_LIB/lib/common.sh"\n${text}`],
      { encoding: 'utf8', env: this.environment, timeout: 30_000, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    return { code: status ?? -1, out: stdout, err: stderr };
  }

  remove = () => rmSync(this.folder, { recursive: true, force: true });
}
