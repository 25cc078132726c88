/** A fleet is a folder: another one takes no line of anything but the list of fleets. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capacityRules } from '../../components/machines/capacity';
import { rendered } from '../../scripts/docs/documents';
import { documented } from '../../scripts/docs/fleet';
import { plansOf } from '../../services';
import { validateSettings } from '../../services/validate';
import { declarations, declarationNamed, fleets } from '../../stacks';
import { registryOf } from '../../stacks/model/registry';
import { settingsSchema } from '../../stacks/model/settings';
import { throwawayStack } from '../../stacks/model/throwaway';
import { servicesOf, validateDeclaration } from '../../stacks/model/validate';
import { orchard } from '../fixtures/orchard';
import { parsedSettings, runProgram, testSecrets, testSettings } from '../program/mocks';

// What stacks/index.ts says once the newcomer's fleet is the one that it lists.
jest.mock('../../stacks', () => {
  const { registryOf } =
    jest.requireActual<typeof import('../../stacks/model/registry')>('../../stacks/model/registry');
  const { orchard } = jest.requireActual<typeof import('../fixtures/orchard')>('../fixtures/orchard');
  return registryOf(orchard);
});

const ROOT = join(__dirname, '../..');
const settings = settingsSchema.parse(parsedSettings());
const { timmy } = jest.requireActual<typeof import('../../stacks/timmy')>('../../stacks/timmy');
const { registers } = jest.requireActual<typeof import('../../stacks')>('../../stacks');

test('its stacks, and those that are made from them, are valid', () => {
  const names = ['pear', 'drill-orchard', 'drill-pear', 'proof-pear', throwawayStack(new Date(), 'abcd')];
  const found = names.map((name) => declarationNamed(name)!);
  expect(found.map(({ kind }) => kind)).toEqual(['declared', 'rehearsal', 'rehearsal', 'proof', 'throwaway']);
  for (const declaration of found) {
    expect(declaration.fleet).toBe('orchard');
    expect(validateDeclaration(declaration)).toEqual([]);
    expect(validateSettings(declaration, settings)).toEqual([]);
    expect(capacityRules(declaration, settings)).toEqual([]);
  }
});

test.each([true, false])('the program registers it (preview %s), under its own names alone', async (preview) => {
  const hosts = declarations.pear.hosts.map(({ name }) => name);
  const secrets = testSecrets(hosts, declarations.pear.hosts.flatMap(servicesOf));
  const registered = await runProgram('pear', { ...testSettings(hosts), ...secrets }, Object.keys(secrets), preview);
  const inputs = JSON.stringify(registered);
  expect(registered.filter(({ type }) => type === 'digitalocean:index/droplet:Droplet')).toHaveLength(1);
  expect(registered.find(({ type }) => type === 'digitalocean:index/tag:Tag')?.inputs.name).toBe('orchard-pear-pear');
  if (!preview) expect(inputs).toContain('fleet-orchard-pear-pear');
  expect(inputs).toContain('APP_NAME = Orchard');
  expect(inputs).not.toMatch(/timmy/i);
});

test('it adds what CONTRIBUTING says, and nothing else', () => {
  const section = /^## A fleet\n(.*?)^## /ms.exec(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8'))![1];
  const added = [...section.matchAll(/^\d\. `([^`]+)`/gm)].map(([, path]) => path.replace('<fleet>', 'orchard'));
  const command = 'bin/fleet docs >&2 && git status --porcelain';
  const status = execFileSync('scripts/newcomer.sh', ['test/fixtures/orchard', 'sh', '-c', command], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(
    status
      .trim()
      .split('\n')
      .map((line) => line.trim().replace(/^\S+ /, ''))
      .sort(),
  ).toEqual(added.sort());
});

test('its documents name nobody else, and link to what is there', () => {
  const all = rendered({ fleet: documented(fleets[0]), seen: [], now: new Date() });
  for (const [file, text] of all) {
    expect({ file, strange: /timmy|alexander|\balpha\b|\bbeta\b|allegro|bezalel/i.exec(text)?.[0] }).toEqual({ file });
    expect({ file, empty: /undefined|\[object|NaN/.exec(text)?.[0] }).toEqual({ file });
  }
  expect(all.get('topology.md')).toContain('git.orchard.example');
});

test('two fleets stand side by side, and none is the neighbour of the other', () => {
  const both = registryOf(timmy, orchard);
  expect(both.declarations['drill-orchard'].fleet).toBe('orchard');
  expect(both.declarations.drill.fleet).toBe('timmy');
  expect(() => registryOf(timmy, { ...orchard, rehearsal: 'drill' })).toThrow(
    'stack drill of fleet orchard is declared twice; give it another name',
  );
});

test.each<[string, (copy: typeof declarations.pear) => void, string]>([
  ['a bucket', (copy) => void (copy.hosts[0].name = 'p'.repeat(31)), 'declaration.hosts[0].name: "fleet-orchard-s'],
  ['a label', (copy) => void (copy.hosts[0].publicNames = ['g'.repeat(64)]), 'declaration.hosts[0].publicNames[0]: "g'],
])('%s that is too long is named with its path and its limit', (_, change, says) => {
  const copy = { ...structuredClone(declarations.pear), stack: 's'.repeat(20) };
  change(copy);
  expect(validateSettings(copy, settings).map(({ path, message }) => `${path}: ${message}`)).toEqual([
    expect.stringMatching(/ characters and may have 63; shorten /),
  ]);
  expect(validateSettings(copy, settings).map(({ path, message }) => `${path}: ${message}`)[0]).toContain(says);
});

test('nothing outside its folder and the list of fleets names a fleet, its organisation, its zone or its people', () => {
  const code = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter(
      (file) =>
        !/^(stacks\/(timmy\/|railiance\/|index\.ts)|docs\/|test\/|ops\/|README\.md|CHANGELOG|CONTRIBUTING|Pulumi\.|package-lock)/.test(
          file,
        ),
    );
  expect(code.length).toBeGreaterThan(300);
  const hosts = registers.flatMap(({ name, machines }) => [
    name,
    ...machines.filter(({ kind }) => kind !== 'client').map((machine) => machine.name),
  ]);
  const names = new RegExp([timmy.name, timmy.stacks[0].forge.organization, timmy.zone, ...hosts].join('|'), 'i');
  expect(code.filter((file) => names.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
});

test('a drill takes the names of hosts, stacks and agents from the declaration', () => {
  const names = timmy.stacks.flatMap(({ stack, hosts, agents }) => [
    stack,
    ...[...hosts, ...agents].map(({ name }) => name),
  ]);
  const named = new RegExp(`\\b(${[...new Set(names)].join('|')})\\b`, 'i');
  const code = execFileSync('git', ['ls-files', 'drill/**.ts'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  expect(code.length).toBeGreaterThan(100);
  expect(code.filter((file) => named.test(readFileSync(join(ROOT, file), 'utf8')))).toEqual([]);
});

test('plans of its services run from its own organisation', () => {
  const [host] = declarations.pear.hosts;
  const more = { ...host, role: { ...host.role, services: timmy.stacks[0].hosts[0].role.services } };
  const sources = plansOf(declarations.pear, more, settings).flatMap(({ source }) => source?.repository ?? []);
  expect(sources).toEqual(
    expect.arrayContaining(['pickers/orchard-config', 'pickers/orchard-relay', 'pickers/orchard-metrics']),
  );
  expect(sources.filter((repository) => !repository.startsWith('pickers/'))).toEqual([]);
});
