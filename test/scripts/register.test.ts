/** `fleet register`: what it prints, and what it says to a wrong name. */
import { registerOf } from '../../scripts/register/find';
import { main } from '../../scripts/fleet';
import { registers } from '../../stacks';

let [out, err] = ['', ''];
beforeEach(() => {
  [out, err] = ['', ''];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => jest.restoreAllMocks());

test('everything of the register is shown', async () => {
  await expect(main(['register'])).resolves.toBe(0);
  const shown = out.replace(/[│\s]+/g, ' ');
  const [{ machines, rows, waves, gaps, contradictions }] = registers;
  for (const { name } of machines) expect(shown).toContain(name);
  for (const { kind, name } of rows)
    expect({ kind, name, shown: name.split(' ').every((word) => shown.includes(word)) }).toEqual({
      kind,
      name,
      shown: true,
    });
  for (const title of [
    'Workloads (15)',
    'Lanes (5)',
    'Tunnels (16)',
    'Remotes (8)',
    'Checkout paths (4)',
    'Sinks (5)',
    'Pipelines (5)',
  ])
    expect(shown).toContain(title);
  for (const { number, what } of waves) expect(shown).toContain(`${number} ${what.split(' ')[0]}`);
  expect(shown).toContain(`Open (${gaps.length})`);
  expect(shown).toContain(`disagrees with itself (${contradictions.length})`);
  expect(out).not.toMatch(/undefined|\[object|NaN|null/);
});

test('what breaks without a machine, today and in the target', async () => {
  await expect(main(['register', '--fleet', 'railiance', '--without', 'workstation'])).resolves.toBe(0);
  const [today, target] = out.split('Breaks in the target');
  expect(today).toMatch(/Breaks today[^]*daily triage evidence[^]*consistency sweeps[^]*issue emission/);
  expect(today).toContain(
    'Daily triage State Hub progress (sink) needs activity-core → State Hub (lane), on workstation',
  );
  expect(target).toContain('Nothing of production.');
});

test('as JSON, both', async () => {
  await expect(main(['register', '--json'])).resolves.toBe(0);
  const all = JSON.parse(out);
  expect(all.name).toBe('railiance');
  expect([all.rows.length, all.steps.length, all.findings.length > 0]).toEqual([58, 8, true]);
  out = '';
  await expect(main(['register', '--without', 'workstation', '--json'])).resolves.toBe(0);
  const { fleet, machine, today, target } = JSON.parse(out);
  expect([fleet, machine, today.breaks.length, target.breaks]).toEqual(['railiance', 'workstation', 3, []]);
});

test.each([
  [['--fleet', 'nope'], 'There is no register of a fleet "nope"; there are: railiance.'],
  [
    ['--without', 'nope'],
    'There is no machine "nope" in the register of railiance; there are: railiance01, coulombcore, railiance02, workstation, haskelseed.',
  ],
])('a wrong name is one line with what there is: %j', async (options, line) => {
  await expect(main(['register', ...options])).resolves.toBe(2);
  expect([out, err]).toEqual(['', `fleet: ${line}\n`]);
});

test('where there are several, one must be named; one that is not valid says why', () => {
  const [one] = registers;
  expect(() => registerOf(undefined, [one, { ...one, name: 'other' }])).toThrow(
    'Name a fleet with --fleet; there are: railiance, other.',
  );
  expect(registerOf('other', [one, { ...one, name: 'other' }]).name).toBe('other');
  expect(() => registerOf(undefined, [{ ...one, waves: [] }])).toThrow(
    /railiance\.rows\[0\]\.wave: there is no wave "2"/,
  );
});
