import { DrillRecord } from '../../drill/context';
import { WHOLE } from '../../drill/machine/share';
import { reportSchema, type Check, type Report } from '../../scripts/lib/drill-report';
import { objectiveChecks, verdictOf } from '../../drill/report';
import { html } from '../../drill/report-html/page';
import { markdown, tables } from '../../drill/report-markdown';
import { exitCodeOf } from '../../drill/report-words';
import { sampleReport } from './sample-report';

const report = (): Report => ({ ...sampleReport(), standIns: ['DigitalOcean API: embedded cloud'] });

test('a whole report passes its schema', () => {
  expect(reportSchema.parse(report())).toEqual(report());
});

test.each([
  ['an unknown key', { extra: 1 }],
  ['a moment that is none', { startedAt: 'yesterday' }],
  ['a negative RTO', { rto: { fresh: -1, cachedClient: 1, objectiveSeconds: 60 } }],
  ['a verdict of its own', { verdict: 'fine' }],
])('%s is refused', (_what, change) => {
  expect(reportSchema.safeParse({ ...report(), ...change }).success).toBe(false);
});

test('the verdict needs every check, no failure, and at least one check', () => {
  const ok = { name: 'a', ok: true, detail: '' };
  expect(verdictOf({ checks: [ok] })).toBe('recovered');
  expect(verdictOf({ checks: [ok, { ...ok, ok: false }] })).toBe('failed');
  expect(verdictOf({ checks: [ok], failure: 'the store is away' })).toBe('failed');
  expect(verdictOf({ checks: [] })).toBe('failed');
  expect(verdictOf({ checks: [ok], failure: 'interrupted', interrupted: true })).toBe('interrupted');
});

test('what the machine may be the reason of is no failure, and what the fleet lost is one on any machine', () => {
  const ok = { name: 'a', ok: true, detail: '' };
  const open: Check = { name: 'RTO', ok: false, inconclusive: true, detail: '' };
  const lost = { name: 'no acknowledged push lost', ok: false, detail: '' };
  expect(verdictOf({ checks: [ok, open] })).toBe('recovered');
  expect(verdictOf({ checks: [ok], failure: 'too little work', inconclusive: true })).toBe('inconclusive');
  expect(verdictOf({ checks: [ok, lost], failure: 'too little work', inconclusive: true })).toBe('failed');
  expect(verdictOf({ checks: [ok, open, lost] })).toBe('failed');
  expect(verdictOf({ checks: [ok, open], failure: 'up failed' })).toBe('failed');
});

test('a check of what may not be holds while nothing is, and else says what there is', () => {
  const record = new DrillRecord();
  record.none('nothing lost', [], 'all is there');
  record.none('nothing lost', ['a', 'b'], 'all is there', 'lost: ');
  expect(record.checks).toEqual([
    { name: 'nothing lost', ok: true, detail: 'all is there' },
    { name: 'nothing lost', ok: false, detail: 'lost: a, b' },
  ]);
});

test('each verdict has its exit code: 75 says that nothing was found out', () => {
  const code = (verdict: Report['verdict']) => exitCodeOf({ verdict });
  expect(
    ['recovered', 'refused', 'failed', 'inconclusive', 'interrupted'].map((verdict) =>
      code(verdict as Report['verdict']),
    ),
  ).toEqual([0, 0, 1, 75, 130]);
});

test('a time to recover that other programs may be the reason of is reported and not judged', () => {
  const share = { beforeFault: WHOLE, sinceFault: { others: 0.5, speed: 1, of: 0.5 } };
  const figures = {
    rto: { fresh: 81, cachedClient: 140, objectiveSeconds: 60 },
    rpo: [{ dataset: 'gitea/database', seconds: 9, objectiveSeconds: 5 }],
    share,
  };
  const checks = objectiveChecks(figures);
  expect(checks.map(({ ok, inconclusive }) => [ok, inconclusive ?? false])).toEqual([
    [false, true],
    [false, false],
    [false, false],
  ]);
  expect(checks[0].detail).toBe(
    '81.0 s, objective 60 s; other programs had 50 % of this machine, whose cores ran at 100 % of the reference',
  );
  const late: Report = { ...report(), ...figures, checks: [checks[0]] };
  expect(reportSchema.parse(late)).toEqual(late);
  for (const text of [markdown(late), tables(late), html(late)]) {
    expect(text).toContain('not judged because this machine was busy: RTO, fresh client');
    expect(text).toMatch(/other programs had 50 % of this/);
  }
});

test('a drill whose machine managed too little is told as one', () => {
  const open: Report = { ...report(), verdict: 'inconclusive', failure: 'Of 120 writes only 3 were acknowledged' };
  for (const text of [markdown(open), tables(open), html(open)])
    expect(text).toMatch(/inconclusive: the machine managed too little work/i);
  expect(markdown(open)).not.toContain('FAILED');
});

test('objectives are judged, and a client that never recovered fails', () => {
  const checks = objectiveChecks({
    rto: { fresh: 60, cachedClient: null, objectiveSeconds: 60 },
    rpo: [
      { dataset: 'gitea/database', seconds: 5.1, objectiveSeconds: 5 },
      { dataset: 'gitea/files', seconds: null, objectiveSeconds: 5 },
    ],
  });
  expect(checks.map(({ ok }) => ok)).toEqual([true, false, false, false]);
});

test('the Markdown shows figures, phases, checks and stand-ins', () => {
  const text = markdown({
    ...report(),
    checks: [{ name: 'a|b', ok: false, detail: 'one\ntwo' }],
    verdict: 'failed',
    failure: 'store away',
  });
  expect(text).toContain('| RTO, fresh client | 39.2 s | 60 s |');
  expect(text).toContain('| cloud | 2.0s |');
  expect(text).toContain('| a\\|b | FAILED | one two |');
  expect(text).toContain('It ended early: store away');
  expect(text).toContain('DigitalOcean API: embedded cloud');
});

test('a rehearsal is labelled, with its stand-ins and what that means', () => {
  for (const text of [markdown(report()), tables(report())]) {
    expect(text).toContain('REHEARSAL');
    expect(text).toContain('not the provider’s');
    expect(text).toContain('DigitalOcean API: embedded cloud');
  }
  for (const text of [markdown({ ...report(), cloud: 'DigitalOcean' }), tables({ ...report(), cloud: 'DigitalOcean' })])
    expect(text).not.toContain('REHEARSAL');
});

test('a refusal is told as one', () => {
  const refused: Report = {
    ...report(),
    verdict: 'refused',
    failure: 'no restore point',
    rto: { fresh: null, cachedClient: null, objectiveSeconds: 60 },
  };
  for (const text of [markdown(refused), tables(refused)]) expect(text).toContain('It said: no restore point');
  expect(markdown(refused)).toContain('| RTO, fresh client | not measured | 60 s |');
  expect(tables(refused)).not.toContain('RTO not');
});

test('the terminal tables say which engine ran', () => {
  expect(tables(report())).toContain('engine: embedded engine');
});
