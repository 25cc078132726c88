/** What an operator's machine must have is said the same wherever it is said. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gte, major, minVersion, satisfies } from 'semver';
import { parse } from 'yaml';
import { kitReadme } from '../../scripts/kit/readme';
import { nodeJs, pulumiCli } from '../../stacks/outside/versions';

const root = resolve(__dirname, '../..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
/** 22.12.0 as people write it. */
const short = (version: string) => version.replace(/\.0$/, '');
const TEXTS = {
  README: () => read('README.md'),
  'ops/README': () => read('ops/README.md'),
  'README of a kit': () =>
    kitReadme({
      madeAt: new Date(0),
      commit: 'c',
      stacks: [{ stack: 'alpha', stateAt: '', stateFrom: '', resources: 1 }],
      hosts: [{ host: 'alpha', rebuild: 0 }],
    }),
};

test('the project and its packages ask for the oldest versions that are promised', () => {
  expect(JSON.parse(read('package.json')).engines).toEqual({ node: `>=${nodeJs.value}` });
  expect(parse(read('Pulumi.yaml')).requiredPulumiVersion).toBe(`>=${pulumiCli.value}`);
});

test.each(Object.entries(TEXTS))('%s names them', (_, text) => {
  expect(text()).toContain(`Pulumi CLI ${short(pulumiCli.value)}`);
  expect(text()).toContain(`Node.js ${short(nodeJs.value)}`);
});

test('no text names another Node.js or another CLI', () => {
  const tracked = execFileSync(
    'git',
    [
      'ls-files',
      '-z',
      'README.md',
      'docs',
      'ops',
      'scripts',
      'host',
      'drill',
      'bin',
      'index.ts',
      'components',
      'services',
      '.ci',
    ],
    { cwd: root, encoding: 'utf8' },
  );
  const named = tracked
    .split('\0')
    .filter(Boolean)
    .flatMap((file) =>
      [...read(file).matchAll(/(?:Node(?:\.js)? v?|node-version: )(\d+(?:\.\d+)*)|Pulumi CLI v?(\d+(?:\.\d+)*)/g)].map(
        ([said, node, cli]) => ({ file, said, version: node ?? cli, promised: node ? nodeJs.value : pulumiCli.value }),
      ),
    );
  // A workflow names a line, of which it takes the newest.
  const wrong = named.filter(
    ({ version, promised, said }) =>
      version !== short(promised) && !(said.startsWith('node-version') && version === String(major(promised))),
  );
  expect(wrong).toEqual([]);
  expect(named.filter(({ said }) => said.startsWith('node-version')).length).toBeGreaterThan(2);
});

test('every package of a production install runs on the oldest Node.js', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as {
    packages: Record<string, { dev?: boolean; engines?: { node?: string } }>;
  };
  const needs = Object.entries(packages).flatMap(([path, { dev, engines }]) =>
    engines?.node && !dev ? [{ path, node: engines.node }] : [],
  );
  expect(needs.length).toBeGreaterThan(100);
  expect(needs.filter(({ node }) => !satisfies(nodeJs.value, node))).toEqual([]);
});

test('types are those of the oldest Node.js, and what is fetched is of its line', () => {
  const { devDependencies } = JSON.parse(read('package.json'));
  expect(devDependencies['@types/node']).toBe(nodeJs.value);
  const fetched = Object.values<string>(JSON.parse(read('.node/package.json')).optionalDependencies);
  expect(new Set(fetched).size).toBe(1);
  expect(minVersion(fetched[0])!.version).toBe(fetched[0]);
  expect(gte(fetched[0], nodeJs.value) && major(fetched[0]) === major(nodeJs.value)).toBe(true);
});
