/** The faults of the drill: what there is, which saved stack they start from, and how a refusal is judged. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultOf, faults } from '../../drill/faults';
import { MOMENTS } from '../../drill/faults/engine-killed';
import { worksOn } from '../../drill/faults/events';
import { listFaults } from '../../drill/faults/list';
import { changingRequests, leaksIn, saidBy } from '../../drill/faults/refusal';
import { killMoments, longestPause } from '../../drill/faults/replaced';
import { judge } from '../../drill/faults/second-place';
import { inWordsOf } from '../../drill/faults/words';
import { verdictOf } from '../../drill/report';
import type { Stack } from '../../drill/context';
import { redeclared, withHost } from '../../drill/program/declare';
import { savedKey } from '../../drill/saved/key';
import { accountOf, notesOfAccount } from '../../drill/saved/notes';
import { Facts } from '../../drill/seed/facts';
import { Random } from '../../drill/seed/random';
import { main } from '../../scripts/fleet';
import { projectDir } from '../../scripts/lib/project';
import { declarations } from '../../stacks';

test('every fault has a name of its own and a promised end, and the list shows all of them', () => {
  const kinds = faults.map(({ kind }) => kind);
  expect(new Set(kinds).size).toBe(kinds.length);
  expect(JSON.parse(listFaults(true))).toEqual(faults.map(({ kind, title, ends }) => ({ kind, title, ends })));
  for (const kind of kinds) {
    expect(faultOf(kind).kind).toBe(kind);
    expect(listFaults(false)).toContain(kind);
  }
});

test('an unknown fault is a usage error in one line', async () => {
  const said: string[] = [];
  const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean(said.push(String(text))));
  try {
    expect(await main(['drill', '--fault', 'no-such-thing'])).toBe(2);
  } finally {
    write.mockRestore();
  }
  expect(said.join('')).toMatch(
    /^fleet: There is no fault "no-such-thing"\.\n +fleet drill --list-faults shows what there is\.\n$/,
  );
});

describe('the key of a saved stack', () => {
  let root: string;
  const as = { size: 'small', engine: 'embedded engine' };
  const put = (path: string, content: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'fleet-key-'));
    put('index.ts', 'program');
    put('components/host.ts', 'host');
    put('components/preflight/index.ts', 'preflight');
    put('drill/seed/plan.ts', 'plan');
  });

  test.each(['index.ts', 'components/host.ts', 'components/new.ts', 'drill/seed/plan.ts'])(
    'changes with %s',
    (path) => {
      const before = savedKey(as, root);
      put(path, 'changed');
      expect(savedKey(as, root)).not.toBe(before);
    },
  );

  test.each(['components/preflight/index.ts', 'drill/faults/host.ts', 'README.md'])(
    'does not change with %s, which shapes no stack',
    (path) => {
      const before = savedKey(as, root);
      put(path, 'changed');
      expect(savedKey(as, root)).toBe(before);
    },
  );

  test('differs by size and engine, not by folder', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'fleet-key-'));
    cpSync(root, elsewhere, { recursive: true });
    expect(savedKey(as, elsewhere)).toBe(savedKey(as, root));
    expect(savedKey({ ...as, size: 'standard' }, root)).not.toBe(savedKey(as, root));
    expect(savedKey({ ...as, engine: 'official Pulumi CLI 3' }, root)).not.toBe(savedKey(as, root));
  });
});

test('an account survives being kept as JSON, and what one drill adds to it is not the next one’s', () => {
  const facts = new Facts();
  facts.add('issue', 'a/b#1', 'value', 7);
  const account = {
    plan: { seed: 1 } as never,
    facts,
    adminToken: 'token',
    users: [],
    usedPasscodes: new Set(['123456']),
  };
  const notes = JSON.parse(JSON.stringify(notesOfAccount(account)));
  const one = accountOf(notes);
  one.facts.add('issue', 'a/b#2', 'other');
  const two = accountOf(notes);
  expect(two).toEqual({ ...account, facts: expect.anything() });
  expect(two.facts.list()).toEqual([{ kind: 'issue', id: 'a/b#1', value: 'value', at: 7 }]);
});

test('what a run said begins at its error', () => {
  expect(saidBy('progress\nmore\nfleet: It is refused.\n       Do this.\n')).toBe(
    'fleet: It is refused.\n       Do this.',
  );
});

test('a secret is found by any of its lines, a stack trace by its form', () => {
  const secrets = { key: '-----BEGIN KEY-----\nabcdefghijklmnop\n-----END KEY-----', token: 'a-token-of-some-length' };
  expect(leaksIn('fine\n at the door', secrets)).toEqual([]);
  expect(leaksIn('say abcdefghijklmnop', secrets)).toEqual(['key']);
  expect(leaksIn('Bearer a-token-of-some-length', secrets)).toEqual(['token']);
  expect(leaksIn('Error\n    at run (/a/b.ts:3:7)', secrets)).toEqual(['a stack trace']);
});

test('what a message must say is said in the words of the declaration', () => {
  const declaration = declarations.drill;
  const [host] = declaration.hosts;
  const says = (pattern: RegExp) => inWordsOf({ declaration, hostName: host.name } as Stack, pattern);
  expect(says(/HOST-NAME of STACK has IMAGE, not GHOST/i)).toEqual(
    new RegExp(`${host.name}-${host.publicNames[0]} of ${declaration.stack} has ${host.image}, not GHOST`, 'i'),
  );
});

test('only an order that was carried out, or may have been, changes the cloud', () => {
  const request = (method: string, status: number) => ({ at: '', method, path: '/v2/droplets', status });
  expect(changingRequests([request('GET', 200), request('POST', 403), request('POST', 422)])).toEqual([]);
  expect(changingRequests([request('POST', 202), request('DELETE', 204), request('POST', 0)])).toHaveLength(3);
});

test('a refusal as promised is a good end, a check that fails is not', () => {
  const check = { name: 'one', ok: true, detail: '' };
  expect(verdictOf({ checks: [check], refuses: true })).toBe('refused');
  expect(verdictOf({ checks: [{ ...check, ok: false }], refuses: true })).toBe('failed');
  expect(verdictOf({ checks: [check] })).toBe('recovered');
});

test('a second place may be behind by its delay and no more, and a drill without old pushes proves nothing', () => {
  const struck = 1_000_000;
  const push = (id: string, secondsBefore: number) => ({
    kind: 'push' as const,
    id,
    rows: [],
    sentAt: 0,
    acknowledgedAt: struck - secondsBefore * 1000,
  });
  const writes = [
    push('old', 95),
    push('young', 40),
    { ...push('late', -1) },
    { kind: 'issue' as const, id: 'issue', rows: [], sentAt: 0, acknowledgedAt: 1 },
  ];
  expect(judge(writes, new Set(['old']), struck, 90)).toEqual({
    ok: true,
    detail: expect.stringContaining(
      '1 of 2 acknowledged pushes are there, 1 were older than 90 s; it was 40.0 s behind',
    ),
  });
  expect(judge(writes, new Set(['young']), struck, 90)).toMatchObject({ ok: false });
  expect(judge(writes.slice(1), new Set(['young']), struck, 90)).toMatchObject({ ok: false });
});

test('the time without service is the longest pause between two acknowledged writes to the database', () => {
  const write = (sentAt: number, acknowledgedAt: number | undefined, kind: 'issue' | 'push' = 'issue') => ({
    kind,
    id: String(sentAt),
    rows: [],
    sentAt,
    ...(acknowledgedAt === undefined ? { failedAt: sentAt + 1 } : { acknowledgedAt }),
  });
  const writes = [
    write(0, 1),
    write(90, 100),
    write(110, 140),
    write(150, undefined),
    write(200, 210, 'push'),
    write(395, 400),
    write(401, 420),
  ];
  expect(longestPause(writes, 50)).toBe(260);
});

test('a replacement is killed in ten different steps, in their order, the same for the same seed', () => {
  const moments = killMoments(new Random(7));
  expect(new Set(moments).size).toBe(10);
  expect(moments).toEqual([...moments].sort((one, two) => one - two));
  expect(moments.every((moment) => moment >= 1 && moment <= 25)).toBe(true);
  expect(killMoments(new Random(7))).toEqual(moments);
});

test('a stack that is declared anew runs in a project of its own, whose program finds that declaration', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'fleet-declared-'));
  const declaration = declarations.drill;
  const stack = { declaration, workspace: { stateDir }, stack: { projectDir } };
  const changed = redeclared(stack as never as Stack, (one) => withHost(one, { extraServices: ['relay'] }));
  expect(changed.stack.projectDir).not.toBe(projectDir);
  expect(changed.declaration.hosts[0].extraServices).toEqual(['relay']);
  const asked = `require(process.argv[1]);console.log(JSON.stringify(require(process.argv[2]).declarations.drill))`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      'tsx',
      '-e',
      asked,
      join(projectDir, 'drill/program/register.ts'),
      join(projectDir, 'stacks/index.ts'),
    ],
    { cwd: changed.stack.projectDir, encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(changed.declaration);
  expect(declarations.drill).toEqual(declaration);
});

test('only work begins a phase: no refresh, no deletion, no note of a replacement', () => {
  const urn = 'urn:pulumi:drill::fleet::a:b:C$command:remote:Command::alpha-provision';
  const begun = ['create', 'update', 'create-replacement', 'refresh', 'replace', 'delete-replaced', 'delete'].filter(
    (op) => worksOn({ at: 0, kind: 'step-start', op, urn }, 'step-start', 'Command alpha-provision'),
  );
  expect(begun).toEqual(['create', 'update', 'create-replacement']);
  expect(worksOn({ at: 0, kind: 'step-done', op: 'create', urn }, 'step-start', 'Command alpha-provision')).toBe(false);
});

test('each phase of a rebuild begins with a step of its own', () => {
  const step = (type: string, name: string) => ({
    at: 0,
    kind: 'step-start' as const,
    op: 'create',
    urn: `urn:pulumi:drill::fleet::a:b:C$${type}::${name}`,
  });
  const command = (name: string) => step('command:remote:Command', name);
  const events = [
    {
      at: 0,
      kind: 'diagnostic' as const,
      severity: 'info' as const,
      message: 'preflight: gitea on alpha: newest backup',
    },
    step('digitalocean:index/droplet:Droplet', 'alpha'),
    command('alpha-provision'),
    command('alpha-gitea-install'),
    command('alpha-takeover'),
    command('alpha-gitea-restore'),
    command('alpha-gitea-start'),
    command('alpha-gitea-verify'),
    step('digitalocean:index/reservedIpAssignment:ReservedIpAssignment', 'alpha'),
    command('alpha-protect'),
  ];
  expect(
    events.map((event) => MOMENTS.filter((moment) => moment.begins(event, 'alpha')).map(({ phase }) => phase)),
  ).toEqual(MOMENTS.map(({ phase }) => [phase]));
});
