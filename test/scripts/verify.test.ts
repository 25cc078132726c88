import type { Evidence } from '../../scripts/verify/evidence';
import { evidenceOf } from '../../scripts/verify/verify';

const steps = ['isolate', 'gitea-restore', 'gitea-check', 'gitea-verify', 'reverse-proxy-verify'];
const outcome = (change: { without?: string; failure?: string; restored?: Evidence['restored'] } = {}) => ({
  startedAt: '2026-01-01T00:00:00.000Z',
  engine: 'embedded engine',
  done: new Set(steps.filter((step) => step !== change.without).map((step) => `Command alpha-${step}`)),
  failure: change.failure,
  restored: change.restored ?? [
    { service: 'gitea', restoredFrom: '1001', at: '2026-01-01T00:00:00Z', parts: {} },
    { service: 'reverse-proxy', restoredFrom: null, at: null },
  ],
});
const judged = (change: Parameters<typeof outcome>[0]) => evidenceOf('alpha', 'alpha', outcome(change));

test('evidence says what was restored, to which moment, and what was tried', () => {
  const evidence = judged({});
  expect(evidence.ok).toBe(true);
  expect(evidence.restored[0]).toMatchObject({ service: 'gitea', restoredFrom: '1001', at: '2026-01-01T00:00:00Z' });
  expect(evidence.checks.map(({ name }) => name)).toEqual([
    'nothing leaves the scratch host',
    'gitea: restored',
    'gitea: data whole',
    'gitea: works',
    'reverse-proxy: works',
    'every step of the proof',
  ]);
});

test.each([
  ['a host that was not closed', { without: 'isolate' }],
  ['a service that does not work', { without: 'gitea-verify' }],
  ['a step that failed', { failure: 'gitea-check: not whole' }],
  ['a proof that restored nothing', { restored: [] }],
])('%s proves nothing', (_what, change) => {
  expect(judged(change).ok).toBe(false);
});
