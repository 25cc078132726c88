/** The letter: what of the documents is run, and how. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blocksIn } from '../../drill/letter/blocks';
import { allBlocks, prerequisitesIn } from '../../drill/letter/documents';
import { filled } from '../../drill/letter/filling';
import { Shell } from '../../drill/letter/shell';
import { projectDir } from '../../scripts/lib/project';

const cloud = {
  tokens: { digitalocean: 'do', cloudflare: 'cf' },
  zone: { id: 'z', name: 'drill.test' },
  store: { endpoint: 'http://s', region: 'r', adminAccessKey: 'a', adminSecretKey: 'b' },
};
const filling = { stack: 'drill', cloud, moment: () => '2026-01-01T00:00:00Z' };

test('every block of the documents is marked, has a name of its own, and can be filled', () => {
  const { blocks } = allBlocks();
  expect(new Set(blocks.map(({ name }) => name)).size).toBe(blocks.length);
  for (const block of blocks)
    for (const text of [...block.commands, ...block.sees]) expect(filled(text, filling)).not.toMatch(/<[A-Za-z ]+>|…/);
  expect(blocks.map(({ name }) => name).slice(0, 4)).toEqual(['install', 'environment', 'init', 'first up']);
  // What ops/ has others run is taken out of its files.
  expect(blocks.filter(({ at }) => at === 'a unit' || at === 'a runner').map(({ commands }) => commands)).toEqual([
    ['/opt/fleet-recovery/bin/fleet status --stack alpha --alarm'],
    ['/opt/fleet-recovery/bin/fleet verify --stack alpha'],
    ['/opt/fleet-recovery/bin/fleet prune --stack alpha --yes'],
    ['npm ci --omit=dev', 'bin/fleet status --stack alpha --alarm'],
  ]);
  expect(prerequisitesIn(readFileSync(join(projectDir, 'README.md'), 'utf8'))).toContain('pulumi');
});

test('fenced and indented blocks, comments, continued commands, what happens and what is seen', () => {
  const text = [
    '## Elsewhere',
    '',
    '    ignored',
    '',
    '## Here',
    '',
    '<!-- letter: one; after: the droplet is gone; sees: a; sees: b; exit: 3 -->',
    '',
    '    # why',
    '    a \\',
    '      --b',
    '',
    '    c',
    '',
    '1. Item.',
    '   goes on',
    '',
    '   <!-- not in the letter: too dear -->',
    '',
    '   ```',
    '   x',
    '   ```',
    '',
    'Text.',
    '',
    '    unmarked',
  ].join('\n');
  const { blocks, skipped, unmarked } = blocksIn('d.md', text, ['Here']);
  expect(blocks).toEqual([
    {
      document: 'd.md',
      line: 9,
      name: 'one',
      commands: ['a \\\n  --b', 'c'],
      after: 'the droplet is gone',
      sees: ['a', 'b'],
      exit: 3,
    },
  ]);
  expect(skipped).toEqual([{ document: 'd.md', line: 21, why: 'too dear' }]);
  expect(unmarked).toEqual([26]);
});

test('a block without a mark stops the letter, and so does a value that nobody has', () => {
  expect(() => allBlocks(() => '## On a real account\n\n    rm -rf /\n\n## At 3 a.m.\n')).toThrow('README.md:3');
  expect(() => filled('export X=<something>', filling)).toThrow('no value for <something>');
});

test('the stack’s name takes the place of alpha’s where it names the stack', () => {
  expect(
    filled(
      "pulumi config set --path 'fleet:rebuild.alpha' 1 --stack alpha && ./rebuild alpha fleet-kit-alpha-*.age --host alpha",
      filling,
    ),
  ).toBe(
    "pulumi config set --path 'fleet:rebuild.alpha' 1 --stack drill && ./rebuild drill fleet-kit-drill-*.age --host alpha",
  );
});

test('a shell keeps what was exported and where it went, and gives each command’s own exit code', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'fleet-letter-test-'));
  mkdirSync(join(dir, 'there'));
  const shell = new Shell(join(dir, 'memory'), dir, { PATH: process.env.PATH!, HOME: dir });
  expect(await shell.run("export A='it'\"'\"'s' B=$HOME")).toEqual({ code: 0, output: '' });
  expect((await shell.run('cd there && false')).code).toBe(1);
  expect((await shell.run('echo "$A $B $PWD"; exit 7')).output.trim()).toBe(`it's ${dir} ${dir}/there`);
  expect((await shell.run('(exit 9)')).code).toBe(9);
  writeFileSync(join(dir, 'there/x'), '');
  expect((await shell.run('ls *')).output.trim()).toBe('x');
  expect(existsSync(join(dir, 'there/x'))).toBe(true);
});
