/** What the code is held to beyond its types: no promise is lost, and no import goes against the arrow (docs/architecture.md, "Where things live"). */
import { readdirSync } from 'node:fs';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/** Folders that a folder may not import from. */
const above = {
  stacks: ['services', 'components', 'scripts', 'drill', 'engine', 'localcloud'],
  services: ['components', 'scripts', 'drill', 'engine', 'localcloud'],
  components: ['scripts', 'drill', 'engine', 'localcloud'],
  engine: ['stacks', 'services', 'components', 'scripts', 'drill', 'localcloud'],
  localcloud: ['services', 'components', 'scripts', 'drill', 'engine'],
};

/** Words of a kind of machine. */
const ofAKind = '/digitalocean|droplet|doctl|reserved.?ip/i';

/** Folders of stacks/ that are each a fleet. */
const fleets = readdirSync(new URL('stacks', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['model', 'outside'].includes(entry.name))
  .map(({ name }) => name);

export default tseslint.config(
  { ignores: ['**/node_modules/', 'drills/', 'drill/seed/samples/', 'test/engine/parity/program/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: {
      'import-x/extensions': ['.ts'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.json'] })],
    },
    rules: {
      // A name that begins with an underscore says that its value is left out on purpose.
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_' },
      ],
      // An async function without await still turns what it throws into a rejection.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-base-to-string': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // What was thrown is passed on as it is.
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-restricted-paths': [
        'error',
        {
          zones: [
            {
              target: ['./!(stacks|test)/**', './index.ts', './stacks/{model,outside}/**'],
              from: fleets.map((fleet) => `./stacks/${fleet}`),
              message: 'What is particular to a fleet is data of its Fleet; stacks/index.ts lists the fleets.',
            },
            ...Object.entries(above).map(([folder, from]) => ({
              target: `./${folder}`,
              from: from.map((one) => `./${one}`),
              message: 'Data flows one way: stacks → services → components → engine → cloud and hosts → evidence.',
            })),
            {
              // The letter's stand-in is the command line of the engine.
              target: ['./scripts/**', './drill/*.ts', './drill/!(letter)/**', './drill/letter/*.ts'],
              from: './engine',
              except: ['./index.ts', './passphrase.ts'],
              message: 'An engine is run by its index; settings are opened by engine/passphrase.',
            },
            {
              target: ['./scripts/*.ts', './scripts/!(commands)/**'],
              from: './drill',
              message: 'The drill uses the command line’s library; only its commands start a drill.',
            },
            {
              target: './drill',
              from: './scripts/commands',
              message: 'What a command and the drill share is library.',
            },
          ],
        },
      ],
    },
  },
  // A kind of machine is behind its contract, components/machines/driver.ts.
  {
    files: ['**/*.ts'],
    ignores: ['components/machines/**', 'drill/clouds/digitalocean/**', 'engine/**', 'test/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@pulumi/digitalocean',
              message: 'Ask the driver; only components/machines/digitalocean makes what is at DigitalOcean.',
            },
          ],
          patterns: [
            {
              group: ['**/machines/digitalocean/*'],
              message: 'Ask the driver (components/machines); which kind a host is of is not decided elsewhere.',
            },
            {
              group: ['**/outside/sizes', '**/outside/prices'],
              message: 'Ask the driver for sizes and prices; another kind of machine has others.',
            },
          ],
        },
      ],
    },
  },
  // So are its words. Left out are the commands of the drill, which name each cloud that it runs on, and the embedded one's endpoints.
  {
    files: ['index.ts', '{components,scripts,services,stacks/model}/**/*.ts'],
    ignores: [
      'components/machines/**',
      'scripts/commands/{cloud,drill,drill-sweep}.ts',
      'scripts/lib/cloud-environment.ts',
    ],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: `:matches(Literal[value=${ofAKind}], TemplateElement[value.raw=${ofAKind}], Identifier[name=${ofAKind}])`,
          message: 'Take the words, links and commands of the provider from the driver (components/machines).',
        },
      ],
    },
  },
  // What others answer is taken apart as it comes there: JSON of forges, stores and reports.
  {
    files: ['drill/**', 'scripts/**', 'engine/**', 'test/**'],
    rules: Object.fromEntries(
      [
        'explicit-any',
        'unsafe-argument',
        'unsafe-assignment',
        'unsafe-call',
        'unsafe-member-access',
        'unsafe-return',
      ].map((kind) => [`@typescript-eslint/no-${kind}`, 'off']),
    ),
  },
  // What may be missing is checked, or asked for by name (stacks/model/required.ts).
  { files: ['**/*.ts'], ignores: ['test/**'], rules: { '@typescript-eslint/no-non-null-assertion': 'error' } },
  // Pulumi's runner starts the program as a CommonJS module.
  { files: ['drill/program/index.ts'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  { files: ['test/**'], rules: { '@typescript-eslint/no-unnecessary-type-assertion': 'off' } },
);
