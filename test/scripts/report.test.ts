import { objectiveChecks, reportSchema, verdictOf, type Report } from '../../scripts/drill/report';
import { markdown, tables } from '../../scripts/drill/report-markdown';

const report = (): Report => ({
  stack: 'drill',
  engine: 'embedded engine',
  cloud: 'embedded cloud',
  machine: { hostname: 'vm', cpus: 2, cpuModel: 'x', memoryMiB: 4096, system: 'Debian 12', node: 'v20' },
  options: { size: 'small', seed: 1, checkPreview: false },
  startedAt: '2026-01-01T00:00:00.000Z',
  endedAt: '2026-01-01T00:02:00.000Z',
  fault: { kind: 'host-destroyed', at: '2026-01-01T00:01:00.000Z' },
  phases: [{ name: 'cloud', start: '2026-01-01T00:00:00.000Z', end: '2026-01-01T00:00:04.500Z' }],
  rto: { fresh: 31.2, cachedClient: 32, objectiveSeconds: 60 },
  rpo: [{ dataset: 'gitea/database', seconds: 0.4, objectiveSeconds: 5 }],
  writes: { acknowledged: 10, recovered: 9, lost: [{ dataset: 'gitea/database', kind: 'issue', id: 'a/b#1', acknowledgedAt: '2026-01-01T00:00:59.900Z', how: 'missing' }], invented: 0, load: { seconds: 12, database: { acknowledged: 144, perSecond: 12 }, pushes: { acknowledged: 15, perSecond: 1.25 }, inFlight: { database: 1, pushes: 2 }, failed: 0 }, log: [{ sentAt: '2026-01-01T00:00:59.800Z', at: null, kind: 'push', id: 'a/b refs/tags/write-9', outcome: 'in-flight', recovered: false }] },
  checks: [{ name: 'issues', ok: true, detail: '9 of 9' }],
  standIns: ['DigitalOcean API: embedded cloud'],
  verdict: 'recovered',
});

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
  const text = markdown({ ...report(), checks: [{ name: 'a|b', ok: false, detail: 'one\ntwo' }], verdict: 'failed', failure: 'store away' });
  expect(text).toContain('| RTO, fresh client | 31.2 s | 60 s |');
  expect(text).toContain('| cloud | 4.5s |');
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
  for (const text of [markdown({ ...report(), cloud: 'DigitalOcean' }), tables({ ...report(), cloud: 'DigitalOcean' })]) expect(text).not.toContain('REHEARSAL');
});

test('a refusal is told as one', () => {
  const refused: Report = { ...report(), verdict: 'refused', failure: 'no restore point', rto: { fresh: null, cachedClient: null, objectiveSeconds: 60 } };
  for (const text of [markdown(refused), tables(refused)]) expect(text).toContain('It said: no restore point');
  expect(markdown(refused)).toContain('| RTO, fresh client | not measured | 60 s |');
  expect(tables(refused)).not.toContain('RTO not');
});

test('the terminal tables say which engine ran', () => {
  expect(tables(report())).toContain('engine: embedded engine');
});
