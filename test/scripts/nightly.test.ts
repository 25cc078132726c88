/** The lanes of continuous integration: the nightly one says how each drill ended, the quick one needs neither root nor hosts. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');

describe('the nightly lane', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'nightly-'))));

  /** Runs it with programs in the place of fleet and npm, which end with these codes by what they are asked. */
  const nightly = (codes: Record<string, number>) => {
    for (const folder of ['.ci', 'bin', 'path', 'scripts']) mkdirSync(join(dir, folder));
    copyFileSync(join(root, '.ci/nightly'), join(dir, '.ci/nightly'));
    const cases = Object.entries(codes)
      .map(([asked, code]) => `*'${asked}') exit ${code} ;;`)
      .join(' ');
    const program = `#!/bin/bash\necho "$FLEET_CACHE_DIR $(basename "$0") $*" >>"${dir}/asked"\ncase "$(basename "$0") $*" in ${cases} esac\n`;
    for (const file of ['bin/fleet', 'path/npm', 'scripts/newcomer.sh'])
      writeFileSync(join(dir, file), program, { mode: 0o755 });
    const { status, stdout } = spawnSync(join(dir, '.ci/nightly'), {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${dir}/path:${process.env.PATH}` },
    });
    const asked = readFileSync(join(dir, 'asked'), 'utf8').trim().split('\n');
    return {
      status,
      stdout,
      asked: asked.map((line) => line.replace(/^\S+ /, '')),
      caches: new Set(asked.map((line) => line.split(' ')[0])),
    };
  };

  test('runs every drill from an empty cache of its own, also after one that failed', () => {
    const { status, stdout, asked, caches } = nightly({ 'npm run drill': 1 });
    expect(status).toBe(1);
    const purge = 'fleet cloud purge';
    expect(asked).toEqual([
      purge,
      'npm test',
      purge,
      'npm run drill',
      purge,
      'npm run letter',
      purge,
      'fleet drill --upgrade-from',
      purge,
      'fleet drill --stack alpha',
      purge,
      'fleet drill --all alpha',
      purge,
      'newcomer.sh test/fixtures/orchard bin/fleet drill --stack pear --size small',
      purge,
    ]);
    expect([...caches].every((cache) => cache.startsWith('/var/tmp/fleet-nightly.'))).toBe(true);
    expect(stdout).toMatch(/exit {3}1 after +\d+ minutes: npm run drill\n/);
  });

  test('ends in 0 when all passed, in 75 when one found nothing out and none failed', () => {
    expect(nightly({}).status).toBe(0);
    dir = mkdtempSync(join(tmpdir(), 'nightly-'));
    expect(nightly({ 'drill --all alpha': 75 }).status).toBe(75);
  });
});

test('the changelog has a heading for the version of package.json', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  expect(readFileSync(join(root, 'CHANGELOG.md'), 'utf8').split('\n')).toContainEqual(
    expect.stringMatching(new RegExp(`^## ${version.replaceAll('.', '\\.')}(,|$)`)),
  );
});

test('the fast lane leaves out exactly what runs the hosts’ programs or boots hosts', () => {
  const pattern = /grep -rLE "(.*)" --include/.exec(readFileSync(join(root, 'scripts/test-fast.sh'), 'utf8'))![1];
  const left = execFileSync('grep', ['-rlE', pattern, '--include=*.test.ts', 'test'], { cwd: root, encoding: 'utf8' });
  for (const file of ['test/localcloud/machine.test.ts', 'test/host/git.test.ts', 'test/properties/backups.test.ts'])
    expect(left).toContain(`${file}\n`);
  for (const file of ['test/drill/report.test.ts', 'test/program/program.test.ts', 'test/engine/lifecycle.test.ts'])
    expect(left).not.toContain(`${file}\n`);
});
