/** Figures of services in a drill, and which stacks it makes and loses. */
import type { ServicePlan } from '../../services';
import { markdown } from '../../drill/report-markdown';
import { html } from '../../drill/report-html/page';
import { reportSchema } from '../../scripts/lib/drill-report';
import { repeatCommand } from '../../drill/report-words';
import { scopeOf } from '../../drill/scope';
import { backAfter, checksOf, figuresOf, lostBefore, type Seen } from '../../drill/services/judge';
import { sampleReport } from './sample-report';

const FAULT = Date.UTC(2026, 0, 1, 12);
const at = (second: number) => new Date(FAULT + second * 1000).toISOString();
const plan = (name: string, more: Partial<ServicePlan> = {}) =>
  ({
    name,
    critical: false,
    health: { unit: `${name}.service` },
    units: [],
    dataset: { owner: name },
    objectives: { rpoSeconds: 900, rtoRestartSeconds: 900, rtoRebuildSeconds: 300 },
    ...more,
  }) as ServicePlan;
const seen = (more: Partial<Seen> = {}): Seen => ({
  host: 'alpha',
  plans: [plan('metrics')],
  faultAt: FAULT,
  steps: [
    { name: 'Command alpha-metrics-verify', op: 'create-replacement', start: at(50), end: at(55), failed: true },
    { name: 'Command alpha-metrics-verify', op: 'create-replacement', start: at(58), end: at(61.5), failed: false },
    { name: 'Command alpha-metrics-verify', op: 'delete-replaced', start: at(70), end: at(70), failed: false },
  ],
  acknowledged: new Map([
    ['metrics/database', [FAULT - 9000, FAULT - 4000]],
    ['metrics/files', [FAULT - 60_000, FAULT - 4000]],
    ['metrics-other/files', [FAULT - 100]],
  ]),
  found: new Map([
    ['metrics/database', [FAULT - 9000, FAULT - 4000]],
    ['metrics/files', [FAULT - 60_000]],
  ]),
  verified: [{ service: 'metrics', ok: true, said: 'one row a run' }],
  healed: new Map([['metrics', 2.5]]),
  measured: {},
  ...more,
});

test('a service is back when its verification first passed, not when one failed or the old one was taken out', () => {
  expect(backAfter('metrics', seen())).toBe(61.5);
  expect(backAfter('metrics', seen({ steps: seen().steps.slice(0, 1) }))).toBeNull();
});

test('what is lost counts from the newest write that came back, by the worst part', () => {
  expect(lostBefore('metrics', seen())).toBe(60);
  expect(lostBefore('metrics', seen({ found: seen().acknowledged }))).toBe(0);
  expect(lostBefore('metrics', seen({ found: new Map([['metrics/database', [FAULT - 4000]]]) }))).toBeNull();
});

test('a service that is late, lost too much or does not work is named with its figures', () => {
  const good = figuresOf(seen());
  expect(checksOf(good, undefined).map(({ ok }) => ok)).toEqual([true, true, true, true]);
  const bad = figuresOf(
    seen({
      plans: [plan('metrics', { objectives: { rpoSeconds: 30, rtoRestartSeconds: 60, rtoRebuildSeconds: 60 } })],
      verified: [{ service: 'metrics', ok: false, said: 'no row' }],
    }),
  );
  expect(
    checksOf(bad, undefined)
      .map(({ detail }) => detail)
      .slice(1),
  ).toEqual([
    'metrics on alpha: 61.5 s, objective 60 s',
    'metrics on alpha: 60.0 s, objective 30 s',
    'metrics on alpha: no row',
  ]);
});

test('what holds nothing has no RPO, and the forge counts as its clients saw it', () => {
  const [ollama, gitea] = figuresOf(
    seen({
      plans: [plan('ollama', { dataset: undefined }), plan('gitea')],
      measured: { gitea: { rto: 33, rtoObjective: 300, rpo: 0.5 } },
    }),
  );
  expect(ollama.rpo).toBeNull();
  expect([gitea.rto, gitea.rpo?.seconds]).toEqual([{ seconds: 33, objectiveSeconds: 300 }, 0.5]);
});

test('a killed service that does not come up again is named; what runs at set times, ends by itself or has the names is not killed', () => {
  const [gone] = checksOf(figuresOf(seen({ healed: new Map() })), undefined);
  expect(gone).toMatchObject({ ok: false, detail: 'metrics on alpha: never, objective 900 s' });
  const once = { name: 'api-token.service', content: '[Service]\nType=oneshot\nRemainAfterExit=yes\n', start: true };
  const spared = figuresOf(
    seen({
      plans: [
        plan('gitea', { critical: true }),
        plan('metrics', { health: { unit: 'metrics.timer' } }),
        plan('api-token', { health: { unit: 'api-token.service' }, units: [once] }),
      ],
      healed: new Map(),
    }),
  );
  expect(spared.map(({ restart }) => restart)).toEqual([null, null, null]);
});

test('the reports show a row a service', () => {
  const report = { ...sampleReport(), services: figuresOf(seen()) };
  expect(reportSchema.parse(report)).toEqual(report);
  expect(markdown(report)).toContain('| metrics | alpha | 2.5 s of 900 s | 61.5 s of 300 s | 60.0 s of 900 s | ok |');
  expect(html(report)).toContain('<td>metrics</td><td>alpha</td>');
  expect(html(sampleReport())).not.toContain('id="services"');
});

test('losing all hosts rebuilds the stack that was named first, and the report says how to do it again', () => {
  expect(scopeOf({ all: 'beta' })?.loses).toEqual(['drill-beta', 'drill-alpha']);
  expect(scopeOf({ all: 'alpha' })?.loses).toEqual(['drill-alpha', 'drill-beta']);
  expect(scopeOf({ stack: 'beta' })).toMatchObject({ forge: 'drill', beside: 'drill-beta', loses: ['drill-beta'] });
  expect(scopeOf({})).toBeUndefined();
  expect(() => scopeOf({ stack: 'alpha', all: 'beta' })).toThrow('leave --stack out');
  const options = { ...sampleReport().options, ...scopeOf({ all: 'beta' })?.asked };
  expect(repeatCommand({ ...sampleReport(), fault: { kind: 'all-hosts-destroyed', at: at(0) }, options })).toBe(
    'bin/fleet drill --engine embedded --size small --seed 7 --all beta',
  );
});
