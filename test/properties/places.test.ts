/** What a host is made of: declared, complete, pinned, and never an address or a folder that somebody once had. */
import { mkdirSync, readdirSync, readFileSync } from 'fs';
import { execFileSync } from 'child_process';
import { join, resolve } from 'path';
import * as artifacts from '../../services/artifacts';
import type { Artifact } from '../../services/plan';
import { Ground, linesWith, plans, texts } from './support';

const ROOT = resolve(__dirname, '../..');
/** Everything that ends up on a host or decides what does. */
const sources = execFileSync('find', ['index.ts', 'components', 'services', 'scripts/host', 'scripts/commands', 'scripts/lib', 'scripts/restore', 'scripts/status', 'scripts/init', '-type', 'f', '-name', '*'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
const found = (pattern: RegExp, but = /$^/) =>
  sources.flatMap((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').filter((line) => (line.match(pattern) ?? []).some((one) => !but.test(one))).map((line) => `${file}: ${line.trim()}`));

test('no address is hard-coded, and no folder of a person or of an older host', () => {
  // But for loopback, everybody, and where every cloud keeps its metadata.
  expect(found(/(?<![\d.])\d{1,3}(\.\d{1,3}){3}(?![\d.])/g, /^(127\.|0\.0\.0\.0$|169\.254\.169\.254$)/)).toEqual([]);
  expect(found(/(?<!below )(\/home\/[a-z]\w*|\/root\/(?!\.ssh)\w[\w/-]*|\/father-messages)/g)).toEqual([]);
  expect(found(/alexanderwhitestone|timmytime/g)).toEqual([]);
});

test('in the clear one speaks only to oneself', () => {
  const clear = plans.flatMap(({ stack, name, files, units, health }) =>
    [...JSON.stringify({ files, units, health }).matchAll(/\b(?:http|ws):\/\/([^/:"\s\\]+)/g)].filter(([, host]) => host !== '127.0.0.1').map(([text]) => `${stack}/${name}: ${text}`),
  );
  expect(clear).toEqual([]);
  expect(linesWith(/(?<![#\w])(http|ws):\/\/(?!127\.0\.0\.1|\$|\/)/)).toEqual([]);
});

describe('programs from outside', () => {
  const all = Object.values(artifacts).flatMap((one) => (Array.isArray(one) ? one.filter((entry): entry is Artifact => typeof entry === 'object') : [one as Artifact]));

  test('are of one version, and downloads come with a checksum', () => {
    expect(all.length).toBeGreaterThan(7);
    const loose = all.filter(({ version, url, sha256Url, packed }) => !/^\d+\.\d+(\.\d+)?$/.test(version) || (packed === 'pypi' || packed === 'mirror-only' ? url !== undefined : !url?.startsWith('https://') || !url.includes(version) || !sha256Url?.startsWith('https://')));
    expect(loose.map(({ name }) => name)).toEqual([]);
    expect(found(/releases\/latest|\/main\/[\w./-]+\.sh|\w:latest\b/g)).toEqual([]);
  });

  const GOOD = 'program';
  const SUM = execFileSync('sha256sum', { input: GOOD, encoding: 'utf8' }).slice(0, 64);
  test.each<[string, Record<string, string>, RegExp | undefined]>([
    ['what was meant', { tool: GOOD, sums: `${SUM}  tool\n` }, undefined],
    ['changed or cut off', { tool: 'progr', sums: `${SUM}  tool\n` }, /does not match the checksum.*nothing was installed/],
    ['without a checksum', { tool: GOOD, sums: '<html>' }, /does not match the checksum/],
    ['not to be had', { sums: `${SUM}  tool\n` }, /could not be downloaded/],
  ])('are installed only as what was meant: %s', (_, web, refused) => {
    const ground = new Ground({ moved: { '/usr/local': 'usr' } });
    mkdirSync(join(ground.folder, 'usr/bin'), { recursive: true });
    ground.standIn('curl', 'while [ $# -gt 1 ]; do if [ "$1" = -o ]; then out="$2"; fi; shift; done; cp "$GROUND/web/${1##*/}" "$out"');
    for (const [name, content] of Object.entries(web)) ground.write(join(ground.folder, 'web', name), content);
    const { code, err } = ground.shell('. "$FLEET_LIB/lib/packages.sh"; install_artifact - tool 1.0 https://w/tool https://w/sums binary -');
    expect({ code, err }).toEqual(refused ? { code: 1, err: expect.stringMatching(refused) } : { code: 0, err: '' });
    expect(readdirSync(join(ground.folder, 'usr/bin'))).toEqual(refused ? [] : ['tool']);
    expect(ground.said('usr/share/fleet/artifacts/tool')).toBe(refused ? '' : '1.0\n');
    ground.remove();
  });
});

describe('a host is set up without a question, and lacks nothing', () => {
  test('packages come by one way only, which asks nothing and waits for its turn', () => {
    const calls = linesWith(/(^|[\s;&|(])(apt|apt-get|dpkg)\s+(-|install|update|upgrade|\S*=)/).filter((line) => !line.startsWith('lib/packages.sh:'));
    expect(calls).toEqual([]);
    const way = texts.find(({ file }) => file === 'lib/packages.sh')!.lines.filter((line) => line.includes('apt-get'));
    expect(way).toEqual([expect.stringMatching(/DEBIAN_FRONTEND=noninteractive.*-y .*DPkg::Lock::Timeout=\d+.*--force-confold/)]);
  });

  /** Programs that are in no base image, with the package that brings them. */
  const BROUGHT: Record<string, string> = {
    age: 'age', jq: 'jq', restic: 'restic', sqlite3: 'sqlite3', git: 'git', socat: 'socat', inotifywait: 'inotify-tools', docker: 'docker.io',
    unzip: 'unzip', rsync: 'rsync', wget: 'wget', node: 'nodejs', ansible: 'ansible', 'ansible-playbook': 'ansible', ufw: 'ufw', zip: 'zip', dig: 'dnsutils', nc: 'netcat',
  };
  const used = (files: typeof texts) =>
    Object.entries(BROUGHT).filter(([program]) => files.some(({ lines }) => lines.some((line) => new RegExp(`(^\\s*|[|;&({]\\s*|\\$\\(|\\b(then|do|else|if|exec|env|command)\\s+|!\\s*)${program}\\s+[-"$\\w'.]`).test(line)))).map(([, name]) => name);

  test('every program that its scripts call is brought by a package of the host or of the service', () => {
    const common = artifacts.backupPackages;
    expect(used(texts)).toEqual(expect.arrayContaining(['age', 'jq', 'restic', 'sqlite3', 'git', 'socat', 'inotify-tools', 'docker.io']));
    expect(used(texts.filter(({ file }) => !file.startsWith('services/'))).filter((name) => !common.includes(name))).toEqual([]);
    for (const { name, kind, packages } of plans) {
      const lacking = used(texts.filter(({ file }) => file.startsWith(`services/${kind}/`))).filter((one) => !common.includes(one) && !packages.includes(one));
      expect({ name, lacking }).toEqual({ name, lacking: [] });
    }
  });

  test('whoever owns or runs something on a host is made by the same plan, or by one that it builds on', () => {
    for (const plan of plans) {
      const near = plans.filter(({ stack, name }) => stack === plan.stack && (name === plan.name || plan.dependsOn.includes(name)));
      const made = ['root', ...near.flatMap(({ users }) => users.map(({ name }) => name))];
      const named = [
        ...plan.directories.flatMap(({ owner, group }) => [owner, group]),
        ...plan.files.flatMap(({ owner, group }) => [owner, group]),
        ...(plan.dataset ? [plan.dataset.owner] : []),
        ...plan.units.flatMap(({ content }) => [...content.matchAll(/^(?:User|Group|SupplementaryGroups)=(\S+)$/gm)].map(([, name]) => name)),
      ];
      expect({ name: plan.name, unknown: named.filter((one) => !made.includes(one)) }).toEqual({ name: plan.name, unknown: [] });
    }
  });

  test('nothing needs a person, a terminal or a session: no script logs in anywhere, asks, or trusts who is logged in', () => {
    expect(linesWith(/(^|[\s;&|(])(ssh|scp|sftp|sudo|su|passwd|visudo|crontab)\s|\$\{?(USER|LOGNAME|SUDO_USER)\b|\bread\s+-[a-z]*p\b|\bsystemctl\s+(?!.*--no-pager).*\bstatus\b/)).toEqual([]);
  });

  test('what runs at set times has a unit of its own, and an hour means one time zone', () => {
    const timers = plans.flatMap(({ stack, name, units }) => units.filter((unit) => unit.name.endsWith('.timer')).map((unit) => ({ unit, of: `${stack}/${name}`, units })));
    expect(timers.length).toBeGreaterThan(8);
    for (const { unit, of, units } of timers) {
      expect({ of, service: units.map(({ name }) => name) }).toEqual({ of, service: expect.arrayContaining([unit.name.replace('.timer', '.service')]) });
      const calendar = /^OnCalendar=(.*)$/m.exec(unit.content)?.[1] ?? '';
      if (/ \d\d:\d\d/.test(calendar)) expect({ of, calendar }).toEqual({ of, calendar: expect.stringMatching(/ UTC$/) });
    }
  });
});
