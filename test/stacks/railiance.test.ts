/** What the declared registers say, held against their documents. */
import { blastRadius } from '../../stacks/model/register/blast';
import { stepsOf } from '../../stacks/model/register/blockers';
import { findingsOf } from '../../stacks/model/register/findings';
import { registerSchema, type Register } from '../../stacks/model/register/schema';
import { validateRegister } from '../../stacks/model/register/validate';
import { registers } from '../../stacks';

const findings = (register: Register) => findingsOf(register).map(({ about, what }) => `${about.join(', ')}: ${what}`);

test.each(registers.map((register) => [register.name, register] as const))(
  'the register of %s is valid',
  (name, register) => {
    expect(validateRegister(register, name)).toEqual([]);
    expect(registerSchema.parse(register)).toEqual(register);
  },
);

const railiance = registers.find(({ name }) => name === 'railiance')!;
const broken = (machine: string, when: 'today' | 'target') =>
  blastRadius(railiance, machine)[when].breaks.map(({ name }) => name);
const facts = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `S2-${String(from + index).padStart(2, '0')}`);

// Facts of the document, by its sections.
test.each([
  ['lane', [...facts(28, 29), ...facts(48, 50), 'S2-52', ...facts(54, 55), ...facts(101, 105)], 5],
  ['tunnel', facts(31, 46), 16],
  ['workload', facts(86, 100), 15],
  ['remote', ['S2-106', ...facts(107, 114)], 8],
  ['checkout', facts(115, 118), 4],
  ['sink', facts(119, 123), 5],
  ['pipeline', facts(124, 128), 5],
])('each fact that is a %s has a row', (kind, all, count) => {
  const rows = railiance.rows.filter((row) => row.kind === kind);
  expect(rows).toHaveLength(count);
  expect([...new Set(rows.flatMap(({ origin }) => origin.facts))].sort()).toEqual([...all].sort());
});

test('machines, waves, gates of promotion and tasks are those of the document', () => {
  expect(railiance.machines.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
    'railiance01: server',
    'coulombcore: server',
    'railiance02: server',
    'workstation: client',
    'haskelseed: experimental',
  ]);
  expect(railiance.machines.filter(({ frozen }) => frozen).map(({ name }) => name)).toEqual(['coulombcore']);
  expect(railiance.waves.flatMap(({ origin }) => origin.facts)).toEqual(expect.arrayContaining(facts(132, 139)));
  expect(railiance.promotion.flatMap(({ origin }) => origin.facts)).toEqual(facts(60, 63));
  expect(railiance.tasks.filter(({ id }) => id.startsWith('CUST-WP-0054-'))).toHaveLength(10);
  expect([railiance.gaps.length, railiance.contradictions.length]).toEqual([14, 17]);
});

test('every tunnel is opened by the workstation, and four are critical', () => {
  const tunnels = railiance.rows.filter((row) => row.kind === 'tunnel');
  expect(new Set(tunnels.map(({ today }) => today.on![0]))).toEqual(new Set(['workstation']));
  expect(tunnels.filter(({ critical }) => critical).map(({ id }) => id)).toEqual([
    'state-hub-primary',
    'state-hub-railiance01',
    'issue-core-railiance01',
    'issue-core-coulombcore',
  ]);
});

test('without the workstation exactly what the document names breaks today, and nothing in the target', () => {
  expect(broken('workstation', 'today')).toEqual(['daily triage evidence', 'consistency sweeps', 'issue emission']);
  expect(broken('workstation', 'target')).toEqual([]);
});

test('without coulombcore nearly everything breaks today, and nothing in the target', () => {
  expect(broken('coulombcore', 'today')).toEqual(
    expect.arrayContaining(['authentication of production', 'State Hub API (primary)', 'OpenBao', 'Core Hub']),
  );
  expect(broken('coulombcore', 'target')).toEqual([]);
});

test('without railiance01 every duty breaks in the target: it is a single host', () => {
  expect(broken('railiance01', 'target')).toEqual(expect.arrayContaining(railiance.duties.map(({ name }) => name)));
});

test('its blanks are findings, and no others', () => {
  const blanks = findingsOf(railiance)
    .filter(({ kind }) => kind === 'blank')
    .map(({ about, what }) => `${what}: ${about.length > 4 ? about.length : about.join(', ')}`);
  expect(blanks).toEqual([
    'lacks address, target: haskelseed',
    'workload lacks owner: activity-core, Temporal (activity-core), NATS (activity-core)',
    'workload lacks wave: Inter-Hub (legacy Haskell)',
    'workload lacks current host, wave: llm-connect, ops-hub (widget/evidence)',
    'lane lacks target host, owner, method: Operator k3s access',
    'tunnel lacks target, owner, method: 10',
    'checkout lacks method: local_path for 74 repos, Consistency sweep writeback host',
    'checkout lacks current host, method: Multi-host path resolution',
    'sink lacks method: 5',
    'pipeline lacks method: state-hub, core-hub, issue-core, Haskell build agent',
    'gate lacks owner: wave 3: a person says yes to the production cutover',
    expect.stringMatching(/^gate lacks owner: wave 8: nobody needs the read-only mirror/),
  ]);
});

test('what moves before OpenBao and the identity stack needs a lane back; T02 and T03 are marked done and are not', () => {
  const others = findings(railiance).filter((one) => /which moves in wave|marked done/.test(one));
  expect(others).toEqual([
    expect.stringMatching(/^ESO \+ ArgoCD control plane: needs OpenBao, which moves in wave 7: from wave 5 /),
    expect.stringMatching(/^State Hub API \(primary\), issue-core, .*: needs Identity stack .* from wave 1 /),
    expect.stringMatching(/^issue-core, OpenBao, .*: CUST-WP-0054-T03: marked done/),
    expect.stringMatching(/^activity-core → State Hub, railiance01 automations → State Hub: CUST-WP-0054-T02: /),
    expect.stringMatching(/^activity-core → issue-core: CUST-WP-0054-T02, CUST-WP-0054-T03: /),
  ]);
});

test('the waves wait for each other, and the last one for the phoenix drill', () => {
  const steps = stepsOf(railiance);
  expect(steps.map(({ waits }) => waits.length)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(steps.find(({ wave }) => wave.number === 8)?.tasks).toEqual(['CUST-WP-0054-T08']);
  expect(steps.every(({ isDone }) => !isDone)).toBe(true);
});
