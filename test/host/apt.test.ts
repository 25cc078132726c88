/** Packages on a machine where others work with apt too: the real apt and dpkg on a root of their own. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { dirname, join } from 'path';
import execa from 'execa';
import { SCRIPTS } from '../../scripts/sandbox/sandbox';

const canRun = ['apt-get', 'dpkg-deb', 'flock', 'python3'].every((name) => spawnSync('which', [name]).status === 0);
const holders: ChildProcess[] = [];
/** Longer than any test. */
const HOLD_SECONDS = 90;
let root: string;

const put = (path: string, content: string, mode = 0o644) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  chmodSync(join(root, path), mode);
};

/** A machine with nothing installed, and an archive with one package. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fleet-apt-'));
  for (const path of [
    'state/lists/partial',
    'cache/archives/partial',
    'etc/preferences.d',
    'etc/apt.conf.d',
    'etc/sources.list.d',
    'dpkg/updates',
    'dpkg/info',
    'target',
    'archive',
    'run',
    'var',
    'bin',
  ])
    mkdirSync(join(root, path), { recursive: true });
  put('dpkg/status', '');
  put(
    'deb/DEBIAN/control',
    'Package: hello-fleet\nVersion: 1\nArchitecture: all\nMaintainer: none <none@drill.test>\nDescription: a package\n',
  );
  put('deb/usr/share/hello-fleet', 'hello\n');
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', join(root, 'deb'), join(root, 'archive/hello-fleet.deb')]);
  const size = readFileSync(join(root, 'archive/hello-fleet.deb')).length;
  const sum = execFileSync('sha256sum', [join(root, 'archive/hello-fleet.deb')], { encoding: 'utf8' }).split(' ')[0];
  put(
    'archive/Packages',
    `${readFileSync(join(root, 'deb/DEBIAN/control'), 'utf8')}Filename: ./hello-fleet.deb\nSize: ${size}\nSHA256: ${sum}\n\n`,
  );
  put('etc/sources.list', `deb [trusted=yes] file:${root}/archive ./\n`);
  put(
    'apt.conf',
    [
      `Dir::State "${root}/state";`,
      `Dir::State::status "${root}/dpkg/status";`,
      `Dir::Cache "${root}/cache";`,
      `Dir::Etc "${root}/etc";`,
      `Dir::Log "${root}/var";`,
      'APT::Sandbox::User "root";',
      ...[
        `--admindir=${root}/dpkg`,
        `--instdir=${root}/target`,
        '--force-not-root',
        '--force-script-chrootless',
        '--log=/dev/null',
      ].map((option) => `DPkg::Options:: "${option}";`),
      '',
    ].join('\n'),
  );
});

afterEach(() => {
  for (const holder of holders.splice(0)) holder.kill('SIGKILL');
});

const standIn = (name: string, content: string) => put(`bin/${name}`, content, 0o755);

/** Installs the package; every holder of a lock lets it go once it is said that it is waited for, unless it is `kept`. */
async function install(env: NodeJS.ProcessEnv = {}, kept = false) {
  const started = execa(
    'bash',
    [
      '-c',
      'set -euo pipefail; . "$FLEET_LIB/lib/common.sh"; . "$FLEET_LIB/lib/packages.sh"; install_packages hello-fleet',
    ],
    {
      reject: false,
      timeout: 60_000,
      extendEnv: false,
      env: {
        PATH: process.env.PATH,
        HOME: root,
        FLEET_PATH: join(root, 'bin'),
        FLEET_LIB: SCRIPTS,
        FLEET_RUN: join(root, 'run'),
        FLEET_VAR: join(root, 'var'),
        FLEET_POLICY_RC: join(root, 'policy-rc.d'),
        APT_CONFIG: join(root, 'apt.conf'),
        DPKG_ADMINDIR: join(root, 'dpkg'),
        ...env,
      },
    },
  );
  started.stderr?.on('data', (data: Buffer) => {
    if (!kept && data.includes('waiting until apt is free')) for (const holder of holders) holder.kill('SIGKILL');
  });
  const { exitCode: code, stderr: said } = await started;
  return { code, said };
}
const isInstalled = () => existsSync(join(root, 'target/usr/share/hello-fleet'));

/** Another program that holds a lock as apt takes it, until it is ended. */
function holdAsApt(path: string): Promise<number> {
  const holder = spawn(
    'python3',
    [
      '-c',
      `import fcntl, sys, time\nwith open(sys.argv[1], "w") as file:\n    fcntl.lockf(file, fcntl.LOCK_EX)\n    print("held", flush=True)\n    time.sleep(${HOLD_SECONDS})`,
      join(root, path),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  holders.push(holder);
  return new Promise((held) => holder.stdout.once('data', () => held(holder.pid!)));
}

/** apt's own daily run. */
function holdAsDailyRun(): Promise<void> {
  const holder = spawn(
    'flock',
    ['--no-fork', join(root, 'state/daily_lock'), 'sh', '-c', `echo held; exec sleep ${HOLD_SECONDS}`],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  holders.push(holder);
  return new Promise((held) => holder.stdout.once('data', () => held()));
}

(canRun ? describe : describe.skip)('packages beside others who work with apt', () => {
  test('nobody else: the package is there, and no service could have started by itself', async () => {
    put('policy-rc.d', readFileSync(join(SCRIPTS, 'etc/policy-rc.d'), 'utf8'));
    expect(await install()).toEqual({ code: 0, said: '' });
    expect({ installed: isInstalled(), policy: existsSync(join(root, 'policy-rc.d')) }).toEqual({
      installed: true,
      policy: false,
    });
  });

  test.each(['state/lists/lock', 'dpkg/lock-frontend', 'dpkg/lock'])(
    'somebody holds %s for a while: it is waited for, and said who that is',
    async (lock) => {
      const pid = await holdAsApt(lock);
      const { code, said } = await install();
      expect(said).toContain('waiting until apt is free');
      expect(said).toMatch(new RegExp(`/${lock.replace('state/', '')}\\. It is held by process ${pid} \\(python3\\)`));
      expect({ code, installed: isInstalled() }).toEqual({ code: 0, installed: true });
    },
  );

  test('apt’s daily run is on: it is waited for, and kept out afterwards until the packages are in', async () => {
    await holdAsDailyRun();
    standIn(
      'apt-get',
      `#!/bin/sh\nflock --nonblock '${root}/state/daily_lock' true && echo free >>'${root}/var/daily' || echo kept out >>'${root}/var/daily'\nexec /usr/bin/apt-get "$@"\n`,
    );
    const { code, said } = await install();
    expect(said).toContain('waiting until apt is free');
    expect(said).toContain("apt's daily run is on");
    expect({ code, installed: isInstalled(), daily: readFileSync(join(root, 'var/daily'), 'utf8') }).toEqual({
      code: 0,
      installed: true,
      daily: 'kept out\nkept out\n',
    });
    expect(spawnSync('flock', ['--nonblock', join(root, 'state/daily_lock'), 'true']).status).toBe(0);
  });

  test('a lock that is never given back: an error within bounds that names its holder', async () => {
    const pid = await holdAsApt('state/lists/lock');
    const { code, said } = await install({ FLEET_APT_WAIT_SECONDS: '2' }, true);
    expect(code).toBe(1);
    expect(said).toMatch(
      new RegExp(`held by process ${pid} \\(python3\\)[^]*error: apt could not install hello-fleet`),
    );
    expect(existsSync(join(root, 'policy-rc.d'))).toBe(false);
  });

  test('one archive that is gone is told, and does not keep the package of another one away', async () => {
    put('etc/sources.list.d/gone.list', `deb [trusted=yes] file:${root}/withdrawn suite main\n`);
    const { code, said } = await install();
    expect(said).toMatch(/E: .*withdrawn/);
    expect(said).toContain('going on with those that were');
    expect({ code, installed: isInstalled() }).toEqual({ code: 0, installed: true });
  });

  test('an archive that does not answer yet, which is a warning only for apt, is asked again', async () => {
    put('unreached.list', 'deb [trusted=yes] http://127.0.0.1:1/ ./\n');
    standIn(
      'apt-get',
      `#!/bin/sh\ncase "$*" in *update*) if ! [ -e '${root}/var/asked' ]; then touch '${root}/var/asked'; exec /usr/bin/apt-get "$@" -o Dir::Etc::sourcelist='${root}/unreached.list' -o Acquire::Retries=0; fi ;; esac\nexec /usr/bin/apt-get "$@"\n`,
    );
    const { code, said } = await install({ FLEET_APT_PAUSE_SECONDS: '0' });
    expect(said).toMatch(/E: .*127\.0\.0\.1:1/);
    expect({ code, installed: isInstalled() }).toEqual({ code: 0, installed: true });
  });

  test('a package that no archive has is an error with apt’s own words', async () => {
    put('archive/Packages', '');
    const { code, said } = await install();
    expect(code).toBe(1);
    expect(said).toMatch(/E: Unable to locate package hello-fleet[^]*error: apt could not install hello-fleet/);
  });

  test('the first boot is waited for before apt is used, and an end in errors is told', async () => {
    standIn('cloud-init', `#!/bin/sh\necho "$*" >>'${root}/var/order'\nsleep 1\necho\necho 'status: error'\nexit 1\n`);
    standIn('apt-get', `#!/bin/sh\necho apt >>'${root}/var/order'\nexec /usr/bin/apt-get "$@"\n`);
    const { code, said } = await install();
    expect(said).toContain('the first boot ended with error; going on, see cloud-init status --long');
    expect({ code, order: readFileSync(join(root, 'var/order'), 'utf8') }).toEqual({
      code: 0,
      order: 'status --wait\napt\napt\n',
    });
  });

  test('a first boot that does not end holds nothing up for ever', async () => {
    standIn('cloud-init', '#!/bin/sh\nexec sleep 60\n');
    const { code, said } = await install({ FLEET_FIRST_BOOT_SECONDS: '1' });
    expect(said).toContain('the first boot is not over after 1 s; going on');
    expect({ code, installed: isInstalled() }).toEqual({ code: 0, installed: true });
  });
});
