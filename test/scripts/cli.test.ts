import { build, main } from '../../scripts/fleet';

const written: string[] = [];
beforeEach(() => {
  written.length = 0;
  process.exitCode = undefined;
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  }
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
});

test.each([
  [[]],
  [['nope']],
  [['drill', '--size', 'huge']],
  [['drill', '--seed', 'x']],
  [['drill', '--no-such-option']],
  [['drill', 'nope']],
  [['drill', 'history', '--limit', '0']],
  [['drill', 'history', '--size', 'small']],
  [['drill', '--engine', 'other']],
  [['up']],
  [['up', '--stack']],
  [['up', '--stack', 'nowhere']],
  [['up', '--stack', '../x']],
  [['preview', '--stack', 'alpha', '--parallel', '0']],
  [['destroy', '--stack', 'alpha']],
  [['restore', '--host', 'alpha']],
  [['restore', 'gitea']],
  [['restore', 'gitea', '--host', 'alpha', '--at', 'yesterday']],
  [['docs', '--check', '--measured', 'report.json', '--stack', 'alpha']],
  [['docs', '--check', '--rehearsed', 'report.json']],
  [['docs', '--measured', 'report.json']],
  [['docs', '--stack', 'alpha']],
  [['input', '--stack', 'alpha']],
  [['input', 'deploy-key', '--stack', 'nowhere']],
  [['input', 'alpha-provision', '--stack', 'alpha', '--incarnation', 'no id']],
  [['bench', 'nope']],
  [['bench', '--pairs', '0']],
  [['register', 'railiance']],
  [['register', '--fleet', 'nope']],
  [['register', '--without', 'nope']],
  [['artifacts', 'pin', 'nope']],
  [['cloud', 'nope']],
  [['verify']],
  [['prune']],
  [['scrub']],
  [['scrub', '--stack', 'alpha']],
  [['prune', '--stack', 'nowhere']],
  [['prune', '--stack', 'alpha', '--window', '0']],
  [['kit']],
  [['kit', 'check']],
  [['kit', '--stack', 'alpha', '--recipient', 'nobody']],
])('wrong usage ends in 2: fleet %j', async (argv) => {
  await expect(main(argv)).resolves.toBe(2);
  expect(written.join('')).not.toMatch(/^\s+at .*\(/m);
});

const VERBS = ['up', 'preview', 'refresh', 'destroy'];
const OFFICIAL = [
  ['--message', 'why'],
  ['-m', 'why'],
  ['--target', 'urn:x'],
  ['-t', 'urn:x'],
  ['--target-dependents'],
  ['--target-replace', 'urn:x'],
  ['--replace', 'urn:x'],
  ['--exclude', 'urn:x'],
  ['--diff'],
  ['--show-config'],
  ['--show-sames'],
  ['--show-reads'],
  ['--show-replacement-steps'],
  ['--show-full-output'],
  ['--expect-no-changes'],
  ['-c', 'a=b'],
  ['--config-file', 'x'],
  ['-C', '/tmp'],
  ['--color', 'never'],
  ['-d'],
];

test.each(VERBS.flatMap((verb) => OFFICIAL.map((option) => [verb, ...option])))(
  'what is typed after pulumi is answered with what to use instead: fleet %s %s',
  async (...argv) => {
    await expect(main([...argv, '--stack', 'alpha'])).resolves.toBe(2);
    const [first, second, ...rest] = written.join('').trim().split('\n');
    expect(first).toMatch(/^fleet: --[\w-]+ is no option of fleet \w+\.$/);
    expect(second.trim().length).toBeGreaterThan(20);
    expect(rest).toEqual([]);
  },
);

test.each(VERBS)('what fleet %s does anyway may be said', async (verb) => {
  // The next thing that is wrong is told: the options were taken.
  await expect(
    main([verb, '-s', 'nowhere', '-y', '-f', '--non-interactive', '-p', '4', '-j', '--suppress-outputs']),
  ).resolves.toBe(2);
  expect(written.join('')).toContain('nowhere');
  expect(written.join('')).not.toContain('option');
});

const commands = build().commands;

test.each(commands.map((command) => [command.name(), command] as const))(
  'fleet %s --help has an example and ends in 0',
  async (name) => {
    await expect(main([name, '--help'])).resolves.toBe(0);
    expect(written.join('')).toMatch(/Examples?:\n +(\w+=\S+ )?.*fleet /);
  },
);

test('every command of the design is there', () => {
  expect(commands.map((command) => command.name()).sort()).toEqual([
    'artifacts',
    'bench',
    'cloud',
    'destroy',
    'docs',
    'doctor',
    'drill',
    'init',
    'input',
    'kit',
    'lease',
    'letter',
    'outputs',
    'preview',
    'prune',
    'refresh',
    'register',
    'restore',
    'scrub',
    'status',
    'up',
    'verify',
  ]);
});

test('a missing passphrase is one sentence and what to do, without a stack trace', async () => {
  const saved = { ...process.env };
  delete process.env.PULUMI_CONFIG_PASSPHRASE;
  delete process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
  delete process.env.FLEET_DEBUG;
  try {
    await expect(main(['up', '--stack', 'alpha'])).resolves.toBe(1);
    expect(written.join('')).toContain('Set PULUMI_CONFIG_PASSPHRASE');
    expect(written.join('')).not.toMatch(/^\s+at /m);
  } finally {
    process.env = saved;
  }
});

test('a drill without root says so in one line and ends in 69', async () => {
  jest.spyOn(process, 'getuid').mockReturnValue(1000);
  await expect(main(['drill'])).resolves.toBe(69);
  expect(written.join('').trim().split('\n')).toHaveLength(1);
  expect(written.join('')).toMatch(/needs root on Linux.*still running here/);
});
