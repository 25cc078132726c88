/** The register of hosts that were there before: its rules, on a small one. */
import { blastRadius } from '../../stacks/model/register/blast';
import { stepsOf } from '../../stacks/model/register/blockers';
import { findingsOf } from '../../stacks/model/register/findings';
import type { Place, Register, Row } from '../../stacks/model/register/schema';
import { validateRegister } from '../../stacks/model/register/validate';

const origin = { section: 'A section', facts: ['S9-01'] };
const at = (on: string[] | null, ...needs: string[]): Place => ({ on, as: 'as it is written', needs });

type Workload = Extract<Row, { kind: 'workload' }>;
const workload = (id: string, change: Partial<Workload> = {}): Workload => ({
  kind: 'workload',
  id,
  name: `the ${id}`,
  today: at(['old']),
  target: at(['new']),
  owner: ['MOVE'],
  wave: 1,
  method: 'by hand',
  critical: true,
  origin,
  ...change,
});

const lane = (today: string[], target: string[] | null): Row => ({
  ...workload('lane', { wave: null }),
  kind: 'lane',
  today: at(today),
  target: target && at(target),
});

const tunnel = (opens: string, to: string): Row => ({
  ...workload('tunnel', { wave: null, target: null }),
  kind: 'tunnel',
  today: at([opens, to]),
  carries: 'reverse',
  actor: 'somebody',
});

const machine = (name: string, kind: Register['machines'][number]['kind'], frozen = false) => ({
  name,
  kind,
  identity: null,
  address: kind === 'client' ? null : '192.0.2.1',
  frozen,
  madeFrom: null,
  today: 'as it is',
  target: 'as it is to be',
  origin,
});

const wave = (number: number): Register['waves'][number] => ({
  number,
  what: `wave ${number}`,
  tasks: ['MOVE'],
  gates: [],
  origin,
});

const small = (change: Partial<Register> = {}): Register => ({
  name: 'small',
  document: 'A document',
  machines: [machine('old', 'server', true), machine('new', 'server'), machine('desk', 'client')],
  rows: [workload('forge')],
  duties: [],
  tasks: [
    { id: 'PLAN', what: 'a plan', done: true, after: [] },
    { id: 'MOVE', what: 'a move', done: false, after: ['PLAN'] },
  ],
  waves: [wave(1)],
  promotion: [],
  gaps: [],
  contradictions: [],
  ...change,
});

const problems = (register: unknown) => validateRegister(register).map(({ path, message }) => `${path}: ${message}`);
const findings = (register: Register) => findingsOf(register).map(({ about, what }) => `${about.join(', ')}: ${what}`);

test('a small register is valid and has nothing open', () => {
  expect(problems(small())).toEqual([]);
  expect(findings(small())).toEqual([]);
});

describe('refused', () => {
  test('an unknown key and a wrong value, both with their paths', () => {
    const wrong = small() as unknown as {
      machines: Array<Record<string, unknown>>;
      rows: Array<Record<string, unknown>>;
    };
    wrong.machines[1].colour = 'blue';
    wrong.rows[0].critical = 'very';
    expect(problems(wrong)).toEqual([
      expect.stringMatching(/^register\.machines\[1\]: .*colour/),
      expect.stringMatching(/^register\.rows\[0\]\.critical: /),
    ]);
  });

  test.each<[string, Row, string]>([
    ['a tunnel to a client', tunnel('new', 'desk'), 'rows[0].today.on[1]: tunnel "tunnel" connects to desk, a client'],
    [
      'a lane that ends at a client',
      lane(['old', 'desk'], ['new']),
      'rows[0].today.on[1]: lane "lane" connects to desk',
    ],
    [
      'a lane that is to end at one',
      lane(['old'], ['new', 'desk']),
      'rows[0].target.on[1]: lane "lane" connects to desk',
    ],
    [
      'one that is to pass through it',
      lane(['old'], ['old', 'desk', 'new']),
      'rows[0].target.on[1]: lane "lane" passes',
    ],
  ])('%s', (_, row, says) => {
    expect(problems(small({ rows: [row] }))).toEqual([expect.stringContaining(says)]);
  });

  test.each<[string, Row]>([
    ['a tunnel that a client opens', tunnel('desk', 'new')],
    ['a lane from a client', lane(['desk', 'old'], ['desk', 'new'])],
    [
      'a lane that passes through one today, because the client opened both tunnels',
      lane(['new', 'desk', 'old'], ['new']),
    ],
  ])('not: %s', (_, row) => {
    expect(problems(small({ rows: [row] }))).toEqual([]);
  });

  test('a tunnel with one end', () => {
    const wrong = tunnel('desk', 'new');
    wrong.today.on = ['new'];
    expect(problems(small({ rows: [wrong] }))).toEqual([
      'register.rows[0].today.on: a tunnel is between two machines; name both',
    ]);
  });

  test('whatever is named and not there, and what is there twice, all at once', () => {
    const rows = [
      workload('forge', { today: at(['moon'], 'nobody'), owner: ['NEVER'], wave: 9 }),
      workload('forge', { target: at(['moon']) }),
    ];
    const duties = [{ id: 'forge', name: 'a duty', today: ['nothing'], target: ['forge'], origin }];
    expect(problems(small({ rows, duties }))).toEqual([
      expect.stringMatching(/^register\.rows\[1\]\.id: "forge" is there twice/),
      expect.stringMatching(/^register\.duties\[0\]\.id: "forge" is there twice/),
      'register.rows[0].today.on[0]: there is no machine "moon"; there are: old, new, desk',
      'register.rows[0].today.needs[0]: there is no row "nobody"; there are: forge',
      'register.rows[0].owner[0]: there is no task "NEVER"; there are: PLAN, MOVE',
      'register.rows[0].wave: there is no wave "9"; there are: 1',
      'register.rows[1].target.on[0]: there is no machine "moon"; there are: old, new, desk',
      'register.duties[0].today[0]: there is no row "nothing"; there are: forge',
    ]);
  });

  test('a target that is frozen', () => {
    expect(problems(small({ rows: [workload('forge', { target: at(['old']) })] }))).toEqual([
      'register.rows[0].target.on[0]: old is frozen; give "forge" another target',
    ]);
  });

  test('waves out of order, and a task that waits for itself', () => {
    const tasks = small().tasks.map((task) => (task.id === 'PLAN' ? { ...task, after: ['MOVE'] } : task));
    expect(problems(small({ waves: [wave(2), wave(1)], tasks }))).toEqual([
      'register.waves[0].number: wave 2 stands where wave 1 belongs',
      'register.waves[1].number: wave 1 stands where wave 2 belongs',
      'register.tasks[0].after: task "PLAN" waits for itself',
      'register.tasks[1].after: task "MOVE" waits for itself',
    ]);
  });
});

describe('findings', () => {
  test.each<[string, Partial<Workload>]>([
    ['current host', { today: at(null) }],
    ['target', { target: null }],
    ['target host', { target: at(null) }],
    ['owner', { owner: [] }],
    ['wave', { wave: null }],
    ['method', { method: null }],
  ])('a row without %s is one, and no error', (blank, change) => {
    const register = small({ rows: [workload('other'), workload('forge', change)] });
    expect(problems(register)).toEqual([]);
    expect(findings(register)).toEqual([`the forge: workload lacks ${blank}`]);
  });

  test('rows of a kind that lack the same are one', () => {
    const rows = [workload('forge'), ...['a', 'b'].map((id) => workload(id, { owner: [], method: null }))];
    expect(findings(small({ rows }))).toEqual(['the a, the b: workload lacks owner, method']);
  });

  test('a tunnel that carries a lane has its target from there', () => {
    const carried = { ...lane(['desk', 'old'], ['desk', 'new']), today: at(['desk', 'old'], 'tunnel') } as Row;
    const rows = [workload('forge'), carried, { ...tunnel('desk', 'old'), owner: [], method: null } as Row];
    expect(findings(small({ rows }))).toEqual([]);
    expect(findings(small({ rows: [workload('forge'), rows[2]] }))).toEqual([
      'the tunnel: tunnel lacks target, owner, method',
    ]);
  });

  test('a row whose wave is before what it needs', () => {
    const rows = [workload('forge', { target: at(['new'], 'keys') }), workload('keys', { wave: 2 })];
    expect(findings(small({ rows, waves: [wave(1), wave(2)] }))).toEqual([
      'the forge: needs the keys, which moves in wave 2: from wave 1 until then a lane must lead to it on old',
    ]);
    rows[1].wave = 1;
    expect(findings(small({ rows }))).toEqual([]);
  });

  test('a row that is not in its place although its tasks are marked done', () => {
    const rows = [workload('forge', { owner: ['PLAN'] })];
    expect(findings(small({ rows }))).toEqual([expect.stringMatching(/^the forge: PLAN: marked done/)]);
    expect(findings(small({ rows: [workload('forge', { owner: ['PLAN', 'MOVE'] })] }))).toEqual([]);
    expect(findings(small({ rows: [workload('forge', { owner: ['PLAN'], today: at(['new']) })] }))).toEqual([]);
  });

  test('a machine, a gate and a wave with blanks', () => {
    const lost = { ...machine('lost', 'experimental'), address: null, target: null };
    const open = { ...wave(2), tasks: [], gates: [{ what: 'a word', owner: null, origin }] };
    expect(findings(small({ machines: [...small().machines, lost], waves: [wave(1), open] }))).toEqual([
      'lost: lacks address, target',
      'wave 2: a word: gate lacks owner',
      'wave 2: wave 2: no row belongs to it, and no task is named for it',
    ]);
  });
});

test('a wave waits for those before it that are not done, and for the tasks before its own', () => {
  const rows = [workload('forge', { today: at(['new']) }), workload('keys', { wave: 2 }), workload('hub', { wave: 3 })];
  const tasks = [
    { id: 'MOVE', what: null, done: true, after: [] },
    { id: 'LATE', what: null, done: false, after: ['DRILL'] },
    { id: 'DRILL', what: null, done: false, after: ['MOVE'] },
  ];
  const waves = [wave(1), wave(2), { ...wave(3), tasks: ['LATE'] }];
  expect(stepsOf(small({ rows, tasks, waves })).map(({ isDone, waits, tasks }) => ({ isDone, waits, tasks }))).toEqual([
    { isDone: true, waits: [], tasks: [] },
    { isDone: false, waits: [], tasks: [] },
    { isDone: false, waits: [2], tasks: ['DRILL'] },
  ]);
});

test('a machine that is away takes what needs it, in any number of steps, also in a circle', () => {
  const rows = [
    workload('forge', { today: at(['new'], 'keys') }),
    workload('keys', { today: at(['new'], 'vault', 'forge') }),
    workload('vault', { today: at(['old']), critical: false }),
    workload('alone', { today: at(['new']) }),
    workload('unknown', { today: at(null), target: null }),
    workload('ended', { today: at(['old']), target: 'retired' }),
  ];
  const duties = [{ id: 'duty', name: 'a duty', today: ['alone', 'forge'], target: ['alone'], origin }];
  const { today, target } = blastRadius(small({ rows, duties }), 'old');
  expect(today.breaks.map(({ id, because }) => [id, because.map((way) => way.map((row) => row.id))])).toEqual([
    ['duty', [['forge', 'keys', 'vault']]],
    ['forge', [['keys', 'vault']]],
    ['keys', [['vault'], ['forge', 'keys', 'vault']]],
    ['ended', [[]]],
  ]);
  expect(today.goes.map(({ id }) => id)).toEqual(['vault']);
  expect(today.unknown.map(({ id }) => id)).toEqual(['unknown']);
  expect(target).toEqual({ breaks: [], goes: [], unknown: [expect.objectContaining({ id: 'unknown' })] });
});
