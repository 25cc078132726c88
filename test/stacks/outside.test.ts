/** Beliefs about the outside: each in its table, with source, day and check, and nowhere else in code. */
import { execFileSync } from 'child_process';
import { readdirSync, readFileSync } from 'fs';
import { join, resolve } from 'path';
import { artifacts } from '../../stacks/outside/artifacts';
import type { Fact } from '../../stacks/outside/fact';
import pins from '../../stacks/outside/pinned.json';

const ROOT = resolve(__dirname, '../..');
const TABLES = join(ROOT, 'stacks/outside');

const isFact = (value: unknown): value is Fact<unknown> =>
  typeof value === 'object' && value !== null && 'value' in value && 'checked' in value;
const facts = readdirSync(TABLES)
  .filter((name) => name.endsWith('.ts'))
  .flatMap((name) =>
    Object.entries(jest.requireActual(join(TABLES, name)) as Record<string, unknown>).map(([key, value]) => ({
      at: `${name}: ${key}`,
      value,
    })),
  )
  .filter((entry): entry is { at: string; value: Fact<unknown> } => isFact(entry.value));

test('every fact names its source, the day it was read and how to check it', () => {
  expect(facts.length).toBeGreaterThan(20);
  const loose = facts.filter(
    ({ value: { source, checked, check } }) =>
      source.length < 10 ||
      !/^20\d\d-\d\d-\d\d$/.test(checked) ||
      Number.isNaN(Date.parse(checked)) ||
      check.length < 10,
  );
  expect(loose.map(({ at }) => at)).toEqual([]);
});

/** Code that acts on a real account. The embedded cloud plays the outside and holds its own copy; the declaration quotes documents. */
const code = execFileSync(
  'git',
  ['ls-files', 'index.ts', 'components', 'services', 'scripts', 'host', 'drill', 'stacks', 'engine'],
  { cwd: ROOT, encoding: 'utf8' },
)
  .trim()
  .split('\n')
  .filter(
    (file) =>
      /\.(ts|py|sh)$|^host\/[^.]*$/.test(file) &&
      !file.startsWith('stacks/outside/') &&
      !file.startsWith('stacks/timmy/'),
  );

test.each<[string, RegExp, string[]]>([
  [
    'address of a provider or of a release',
    /https:\/\/(api\.|github\.com|dl\.|downloads\.|pkgs\.|pypi\.|files\.pythonhosted|www\.pulumi|docs\.digitalocean)[\w.-]*/,
    [
      // An example in an explanation, and a protocol's own name for its version.
      'stacks/model/settings.ts',
      'drill/seed/git-data.ts',
      // Runs on hosts, where the tables are not.
      'host/services/distress/tell.py',
    ],
  ],
  ['price', /usdPerMonth: \d|\bprice\w* = \d/i, []],
  [
    'scope of a token',
    /['"`](account|droplet|reserved_ip|firewall|ssh_key|tag|uptime|project|image|regions|sizes|actions):(read|create|update|delete)\b/,
    [
      // Takes single scopes away, to see which sentence comes.
      'drill/faults/refusals.ts',
    ],
  ],
  ['limit of an API', /\b(250|5_?000)\b.*(request|rate|per ?minute|per ?hour)/i, []],
])('no %s stands elsewhere in code', (_, pattern, but) => {
  const found = code.filter((file) => pattern.test(readFileSync(join(ROOT, file), 'utf8')));
  expect(found.filter((file) => !but.includes(file))).toEqual([]);
});

test('what is pinned is an artifact of that version, in the form of its kind', () => {
  const loose = Object.entries(pins).filter(([name, { version, pin, source, checked }]) => {
    const artifact = artifacts.map(({ value }) => value).find((one) => one.name === name);
    const form = artifact?.layout === 'source' ? /^[0-9a-f]{40}$/ : /^[0-9a-f]{64}$/;
    return artifact?.version !== version || !form.test(pin) || !source || !/^20\d\d-\d\d-\d\d$/.test(checked);
  });
  expect(loose.map(([name]) => name)).toEqual([]);
});
