/** What a host is made of: declared, complete, pinned, and never an address or a folder that somebody once had. */
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'fs';
import { execFileSync, spawn } from 'child_process';
import { join, resolve } from 'path';
import * as artifacts from '../../services/artifacts';
import { artifacts as outside } from '../../stacks/outside/artifacts';
import { Ground, linesWith, plans, texts } from './support';

const ROOT = resolve(__dirname, '../..');
/** Everything that ends up on a host or decides what does. */
const sources = execFileSync(
  'find',
  [
    'index.ts',
    'components',
    'services',
    'host',
    'scripts/commands',
    'scripts/lib',
    'scripts/restore',
    'scripts/status',
    'scripts/init',
    '-type',
    'f',
    '-name',
    '*',
  ],
  { cwd: ROOT, encoding: 'utf8' },
)
  .trim()
  .split('\n');
const found = (pattern: RegExp, but = /$^/) =>
  sources.flatMap((file) =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .filter((line) => (line.match(pattern) ?? []).some((one) => !but.test(one)))
      .map((line) => `${file}: ${line.trim()}`),
  );

test('no address is hard-coded, and no folder of a person or of an older host', () => {
  // But for loopback, everybody, where every cloud keeps its metadata, and what RFC 5737 sets aside for examples.
  expect(
    found(
      /(?<![\d.])\d{1,3}(\.\d{1,3}){3}(?![\d.])/g,
      /^(127\.|0\.0\.0\.0$|169\.254\.169\.254$|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.)/,
    ),
  ).toEqual([]);
  expect(found(/(?<!below )(\/home\/[a-z]\w*|\/root\/(?!\.ssh)\w[\w/-]*|\/father-messages)/g)).toEqual([]);
  expect(found(/alexanderwhitestone|timmytime/g)).toEqual([]);
});

test('in the clear one speaks only to oneself', () => {
  const clear = plans.flatMap(({ stack, name, files, units, health }) =>
    [...JSON.stringify({ files, units, health }).matchAll(/\b(?:http|ws):\/\/([^/:"\s\\]+)/g)]
      .filter(([, host]) => host !== '127.0.0.1')
      .map(([text]) => `${stack}/${name}: ${text}`),
  );
  expect(clear).toEqual([]);
  expect(linesWith(/(?<![#\w])(http|ws):\/\/(?!127\.0\.0\.1|\$|\/)/)).toEqual([]);
});

describe('programs from outside', () => {
  const all = outside.map(({ value }) => value);

  test('are of one version, and come in secret from an address that holds it', () => {
    expect(all.length).toBeGreaterThan(7);
    const loose = all.filter(
      (one) =>
        !/^\d+\.\d+(\.\d+)?$/.test(one.version) ||
        (one.layout !== 'tree' && !one.url.startsWith('https://')) ||
        ('published' in one && (!one.url.includes(one.version) || !one.published.url.startsWith('https://'))),
    );
    expect(loose.map(({ name }) => name)).toEqual([]);
    expect(found(/releases\/latest|\/main\/[\w./-]+\.sh|\w:latest\b/g)).toEqual([]);
  });

  const sum = (text: string) => execFileSync('sha256sum', { input: text, encoding: 'utf8' }).slice(0, 64);
  const GOOD = 'program';
  /** A host whose downloads come from `web`, by the last part of their address. */
  function host(web: Record<string, string>): Ground {
    const ground = new Ground({ moved: { '/usr/local': 'usr' } });
    mkdirSync(join(ground.folder, 'usr/bin'), { recursive: true });
    ground.standIn(
      'curl',
      'while [ $# -gt 1 ]; do if [ "$1" = -o ]; then out="$2"; fi; shift; done; cp "$GROUND/web/${1##*/}" "$out"',
    );
    for (const [name, content] of Object.entries(web)) ground.write(join(ground.folder, 'web', name), content);
    return ground;
  }
  const install = (ground: Ground, fields: string) =>
    ground.shell(`. "$FLEET_LIB/lib/artifacts.sh"; install_artifact ${fields}`);

  test.each<[string, Record<string, string>, string, RegExp | undefined]>([
    ['what was meant', { tool: GOOD }, sum(GOOD), undefined],
    ['changed or cut off', { tool: 'progr' }, sum(GOOD), /is not the pinned one.*nothing was installed/],
    [
      'with the checksum of where it came from only',
      { tool: GOOD, 'tool.sha256': sum(GOOD) },
      '-',
      /has no pinned SHA-256; run fleet artifacts pin tool/,
    ],
    ['not to be had', {}, sum(GOOD), /could not be downloaded/],
  ])('are installed only as what was meant: %s', (_, web, pin, refused) => {
    const ground = host(web);
    const { code, err } = install(ground, `tool 1.0 binary https://w/tool ${pin} - -`);
    expect({ code, err }).toEqual(refused ? { code: 1, err: expect.stringMatching(refused) } : { code: 0, err: '' });
    expect(readdirSync(join(ground.folder, 'usr/bin'))).toEqual(refused ? [] : ['tool']);
    expect(ground.said('usr/share/fleet/artifacts/tool')).toBe(refused ? '' : `1.0 ${pin}\n`);
    ground.remove();
  });

  test('are installed once where the run of an engine that was killed still installs them', () => {
    const ground = host({ tool: GOOD });
    ground.standIn(
      'curl',
      'echo asked >>"$GROUND/asked"; while [ $# -gt 1 ]; do if [ "$1" = -o ]; then out="$2"; fi; shift; done; sleep 0.5; cp "$GROUND/web/${1##*/}" "$out"',
    );
    const line = ['tool', '1.0', 'binary', 'https://w/tool', sum(GOOD), '-', '-'].join('\t');
    const { code, err } = ground.shell(
      `. "$FLEET_LIB/lib/artifacts.sh"; run() { install_artifacts <<<'${line}'; }; run & one=$!; run & two=$!; wait $one; wait $two`,
    );
    expect({ code, err, asked: ground.said('asked') }).toEqual({ code: 0, err: '', asked: 'asked\n' });
    ground.remove();
  });

  test.each(['tar.gz', 'tar.zst', 'zip'])(
    'of a %s only what is needed at run time is laid out, links as links',
    (layout) => {
      const ground = host({});
      const tree = join(ground.folder, 'tree');
      for (const file of ['bin/tool', 'lib/tool/libfast-a.so', 'lib/tool/cuda/libfast-gpu.so', 'README'])
        ground.write(join(tree, file), file);
      if (layout !== 'zip') symlinkSync('libfast-a.so', join(tree, 'lib/tool/libfast.so'));
      mkdirSync(join(ground.folder, 'web'), { recursive: true });
      const archive = join(ground.folder, 'web/archive');
      if (layout === 'zip')
        execFileSync('python3', ['-m', 'zipfile', '-c', archive, 'bin', 'lib', 'README'], { cwd: tree });
      else
        execFileSync('tar', [
          layout === 'tar.gz' ? '-z' : '--zstd',
          '-cf',
          archive,
          '-C',
          tree,
          'bin',
          'lib',
          'README',
        ]);
      const pin = execFileSync('sha256sum', [archive], { encoding: 'utf8' }).slice(0, 64);
      expect(
        install(ground, `tool 1.0 ${layout} https://w/archive ${pin} 'bin/tool:bin|lib/tool/libfast*:lib/tool' -`),
      ).toMatchObject({ code: 0, err: '' });
      const laid = readdirSync(join(ground.folder, 'usr'), { recursive: true, encoding: 'utf8' })
        .filter((file) => !file.startsWith('share'))
        .sort();
      expect(laid).toEqual([
        'bin',
        'bin/tool',
        'lib',
        'lib/tool',
        ...(layout === 'zip' ? ['lib/tool/libfast-a.so'] : ['lib/tool/libfast-a.so', 'lib/tool/libfast.so']),
      ]);
      if (layout !== 'zip')
        expect(lstatSync(join(ground.folder, 'usr/lib/tool/libfast.so')).isSymbolicLink()).toBe(true);
      ground.remove();
    },
  );

  test('a program without a binary is built from the pinned commit, submodules and all, by nobody', async () => {
    const ground = host({});
    const git = (folder: string, ...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@y', '-C', folder, ...args], { encoding: 'utf8' });
    const served = spawn(
      'python3',
      ['-u', '-m', 'http.server', '--bind', '127.0.0.1', '--directory', ground.folder, '0'],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    try {
      const port = await new Promise<string>((resolve) =>
        served.stdout.on('data', (text) => resolve(/port (\d+)/.exec(String(text))?.[1] ?? '')),
      );
      const publish = (
        name: string,
        files: Record<string, string>,
        more: (folder: string) => void = () => undefined,
      ) => {
        const folder = join(ground.folder, name);
        mkdirSync(folder);
        git(folder, 'init', '--quiet');
        for (const [file, content] of Object.entries(files)) ground.write(join(folder, file), content);
        more(folder);
        git(folder, 'add', '-A');
        git(folder, 'commit', '-qm', name);
        git(folder, 'update-server-info');
        return { url: `http://127.0.0.1:${port}/${name}/.git`, commit: git(folder, 'rev-parse', 'HEAD').trim() };
      };
      const part = publish('part', { word: 'built by ' });
      const { url, commit } = publish(
        'whole',
        { Makefile: 'tool: inside/word\n\t(cat inside/word; id -un) >$@\n' },
        (folder) => {
          ground.write(join(folder, '.gitmodules'), `[submodule "inside"]\n\tpath = inside\n\turl = ${part.url}\n`);
          git(folder, 'update-index', '--add', '--cacheinfo', `160000,${part.commit},inside`);
          mkdirSync(join(folder, 'inside'));
        },
      );
      chmodSync(ground.folder, 0o755);
      const built = install(ground, `tool 1.0 source ${url} ${commit} tool:bin 'make tool'`);
      expect(built).toMatchObject({ code: 0 });
      expect(ground.said('usr/bin/tool')).toBe('built by nobody\n');
      expect(install(ground, `tool 1.1 source ${url} ${'0'.repeat(40)} tool:bin 'make tool'`)).toMatchObject({
        code: 1,
        err: expect.stringMatching(/has no commit 0+, which is the pinned one of tool 1.1/),
      });
      expect(install(ground, `tool 1.2 source ${url} ${commit} tool:bin 'make nothing'`)).toMatchObject({
        code: 1,
        err: expect.stringMatching(/tool 1.2 could not be built \(make nothing\)/),
      });
    } finally {
      served.kill();
      ground.remove();
    }
  }, 300_000);

  test('redirects are followed, from secret to secret only, and only speed bounds a transfer', () => {
    const way = (url: string) =>
      execFileSync('bash', ['-c', '. host/lib/artifacts.sh; curl() { echo "$*"; }; download "$0" file', url], {
        cwd: ROOT,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    expect(way('https://github.com/a')).toMatch(/^-fsSL --proto-redir =https --.*--speed-time \d+ --speed-limit \d+/);
    // A mirror in clear sends on to itself.
    expect(way('http://mirror.example.org/a')).toMatch(/^-fsSL --proto-redir =http,https --/);
  });

  test('every Python program has a lock with one hash for each file', () => {
    for (const { name, version } of all.filter(({ layout }) => layout === 'python')) {
      const lock = readFileSync(join(ROOT, artifacts.LOCKS, `${name}.txt`), 'utf8')
        .split('\n')
        .filter((line) => line && !line.startsWith('#'));
      expect(lock.filter((line) => !/^[a-z0-9.-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}$/.test(line))).toEqual([]);
      expect(lock.some((line) => line.startsWith(`${name}==${version} `))).toBe(true);
    }
  });
});

describe('a host is set up without a question, and lacks nothing', () => {
  test('packages come by one way only, which asks nothing and waits for its turn', () => {
    const calls = linesWith(/(^|[\s;&|(])(apt|apt-get|dpkg)\s+(-|install|update|upgrade|\S*=)/).filter(
      (line) => !line.startsWith('lib/packages.sh:'),
    );
    expect(calls).toEqual([]);
    const way = texts.find(({ file }) => file === 'lib/packages.sh')!.lines.filter((line) => line.includes('apt-get'));
    expect(way).toEqual([expect.stringMatching(/DEBIAN_FRONTEND=noninteractive.*-y "\$\{APT_OPTIONS\[@\]\}"/)]);
    // How it waits for its turn is tried in test/host/apt.test.ts.
    expect(texts.find(({ file }) => file === 'lib/packages.sh')!.lines.join('\n')).toMatch(
      /APT_OPTIONS=\([^)]*--force-confold/,
    );
  });

  /** Programs that are in no base image, with the package that brings them. */
  const BROUGHT: Record<string, string> = {
    age: 'age',
    jq: 'jq',
    restic: 'restic',
    sqlite3: 'sqlite3',
    git: 'git',
    socat: 'socat',
    inotifywait: 'inotify-tools',
    docker: 'docker.io',
    unzip: 'unzip',
    rsync: 'rsync',
    wget: 'wget',
    node: 'nodejs',
    ansible: 'ansible',
    'ansible-playbook': 'ansible',
    ufw: 'ufw',
    zip: 'zip',
    dig: 'dnsutils',
    nc: 'netcat',
  };
  const used = (files: typeof texts) =>
    Object.entries(BROUGHT)
      .filter(([program]) =>
        files.some(({ lines }) =>
          lines.some((line) =>
            new RegExp(
              `(^\\s*|[|;&({]\\s*|\\$\\(|\\b(then|do|else|if|exec|env|command)\\s+|exec "\\$\\{drop\\[@\\]\\}"\\s+(env -C \\S+\\s+)?|"\\$\\{OWNER_COMMAND\\[@\\]\\}"\\s+|!\\s*)${program}\\s+[-"$\\w'.]`,
            ).test(line),
          ),
        ),
      )
      .map(([, name]) => name);

  test('every program that its scripts call is brought by a package of the host or of the service', () => {
    const common = artifacts.backupPackages;
    expect(used(texts)).toEqual(
      expect.arrayContaining(['age', 'jq', 'restic', 'sqlite3', 'git', 'socat', 'inotify-tools', 'docker.io']),
    );
    expect(
      used(texts.filter(({ file }) => !file.startsWith('services/'))).filter((name) => !common.includes(name)),
    ).toEqual([]);
    for (const { name, kind, packages } of plans) {
      const lacking = used(texts.filter(({ file }) => file.startsWith(`services/${kind}/`))).filter(
        (one) => !common.includes(one) && !packages.includes(one),
      );
      expect({ name, lacking }).toEqual({ name, lacking: [] });
    }
  });

  test('whoever owns or runs something on a host is made by the same plan, or by one that it builds on', () => {
    for (const plan of plans) {
      const near = plans.filter(
        ({ stack, name }) => stack === plan.stack && (name === plan.name || plan.dependsOn.includes(name)),
      );
      const made = ['root', ...near.flatMap(({ users }) => users.map(({ name }) => name))];
      const named = [
        ...plan.directories.flatMap(({ owner, group }) => [owner, group]),
        ...plan.files.flatMap(({ owner, group }) => [owner, group]),
        ...(plan.dataset ? [plan.dataset.owner] : []),
        ...plan.units.flatMap(({ content }) =>
          [...content.matchAll(/^(?:User|Group|SupplementaryGroups)=(\S+)$/gm)].map(([, name]) => name),
        ),
      ];
      expect({ name: plan.name, unknown: named.filter((one) => !made.includes(one)) }).toEqual({
        name: plan.name,
        unknown: [],
      });
    }
  });

  test('nothing needs a person, a terminal or a session: no script logs in anywhere, asks, or trusts who is logged in', () => {
    expect(
      linesWith(
        /(^|[\s;&|(])(ssh|scp|sftp|sudo|su|passwd|visudo|crontab)\s|\$\{?(USER|LOGNAME|SUDO_USER)\b|\bread\s+-[a-z]*p\b|\bsystemctl\s+(?!.*--no-pager).*\bstatus\b/,
      ),
    ).toEqual([]);
  });

  test('what runs at set times has a unit of its own, and an hour means one time zone', () => {
    const timers = plans.flatMap(({ stack, name, units }) =>
      units.filter((unit) => unit.name.endsWith('.timer')).map((unit) => ({ unit, of: `${stack}/${name}`, units })),
    );
    expect(timers.length).toBeGreaterThan(8);
    for (const { unit, of, units } of timers) {
      expect({ of, service: units.map(({ name }) => name) }).toEqual({
        of,
        service: expect.arrayContaining([unit.name.replace('.timer', '.service')]),
      });
      const calendar = /^OnCalendar=(.*)$/m.exec(unit.content)?.[1] ?? '';
      if (/ \d\d:\d\d/.test(calendar))
        expect({ of, calendar }).toEqual({ of, calendar: expect.stringMatching(/ UTC$/) });
    }
  });
});
