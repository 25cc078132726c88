import fc from 'fast-check';
import { reportSchema, type Report } from '../../scripts/lib/drill-report';
import { markup } from '../../drill/report-html/escape';
import { html } from '../../drill/report-html/page';
import { repeatCommand } from '../../drill/report-words';
import { StepTimes } from '../../drill/steps';
import { sampleReport, withoutFault } from './sample-report';

const body = (report: Report): string => html(report).replace(/<style>[^]*<\/style>/, '');

test('the page of a sample report is the one that was looked at', () => {
  expect(reportSchema.parse(sampleReport())).toEqual(sampleReport());
  expect(body(sampleReport())).toMatchSnapshot();
});

test('whatever is put into a template cannot end the text or the attribute that it stands in', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', 'a') }), (text) => {
      const { text: made } = markup`<p title="${text}">${[text, markup`<b>${text}</b>`]}</p>`;
      expect(made.match(/[<>"']/g)?.join('')).toBe('<"">' + '<><>' + '<>');
    }),
  );
});

test('names from the forge stay text everywhere', () => {
  const evil = '<script>alert(1)</script><img src=x onerror="alert(1)">';
  const all = JSON.parse(JSON.stringify({ ...sampleReport(), failure: evil, verdict: 'failed' }), (key, value) =>
    typeof value === 'string' &&
    !['verdict', 'at', 'start', 'end', 'startedAt', 'endedAt', 'sentAt', 'acknowledgedAt', 'outcome'].includes(key)
      ? `${value}${evil}`
      : value,
  ) as Report;
  const page = body(all);
  expect(page).not.toMatch(/<script|<img/);
  expect(page).toContain('&lt;script&gt;');
});

test('the page asks for nothing and lets nothing run', () => {
  const page = html(sampleReport());
  expect(page).toContain('default-src &#39;none&#39;;');
  expect(page).not.toMatch(/\b(src|action)=|@import|url\(|href="(?!#)/);
});

test('a rehearsal says so first; a drill on a real account does not', () => {
  expect(body(sampleReport()).indexOf('REHEARSAL')).toBeLessThan(body(sampleReport()).indexOf('<h1'));
  expect(body({ ...sampleReport(), cloud: 'DigitalOcean' })).not.toContain('REHEARSAL');
});

test.each<[string, Partial<Report>, string]>([
  ['some of the last writes lost', {}, 'Everything but the last 0.4 s came back in 39.2 s'],
  ['nothing lost', { writes: { ...sampleReport().writes, lost: [] } }, 'Everything came back in 39.2 s'],
  [
    'a check that fails',
    { verdict: 'failed', checks: [{ name: 'issues', ok: false, detail: '' }] },
    'Failed: 1 of 1 checks do not hold',
  ],
])('headline: %s', (_what, change, headline) => {
  expect(body({ ...sampleReport(), ...change })).toContain(`${headline}</h1>`);
});

test.each<[string, Partial<Report>, string[]]>([
  [
    'a failed one names the phase and the reason',
    { verdict: 'failed', failure: 'up failed: the store is away' },
    ['Failed in phase create</h1>', 'up failed: the store is away'],
  ],
  [
    'an interrupted one',
    { verdict: 'interrupted', failure: 'interrupted' },
    ['Interrupted</h1>', 'It ended in phase create.'],
  ],
  [
    'a refusal shows what was said',
    { verdict: 'refused', failure: 'no restore point' },
    ['Refused as promised, nothing touched</h1>', 'no restore point'],
  ],
])('ended early: %s', (_what, change, wanted) => {
  const page = body(withoutFault(change));
  for (const text of wanted) expect(page).toContain(text);
  expect(page).not.toContain('NaN');
});

test('a refusal whose fault has no moment shows none, and no figures', () => {
  const { startedAt } = sampleReport();
  const page = body(withoutFault({ verdict: 'refused', fault: { kind: 'password-wrong', at: startedAt } }));
  expect(page).toContain('Fault: password wrong.');
  expect(page).not.toMatch(/data-mark|id="figures"/);
});

test('a time to recover that is not held against the objective is not called missed', () => {
  const slow = { ...sampleReport().rto, fresh: 80, cachedClient: 80 };
  const judged = { ...sampleReport(), rto: slow };
  expect(body(judged)).toContain('objective 60 s, missed');
  expect(body({ ...judged, checks: judged.checks.slice(0, 1) })).toContain('objective 60 s, not judged here');
  expect(body({ ...judged, checks: judged.checks.slice(0, 1) })).not.toContain('missed');
});

test('a long reason shows its beginning and end, the rest on request', () => {
  const failure = Array.from({ length: 20 }, (_, n) => `line ${n}`).join('\n');
  const [shown] = body(withoutFault({ verdict: 'failed', failure })).split('<details>');
  expect(shown).toContain('line 0');
  expect(shown).toContain('line 19');
  expect(shown).not.toContain('line 10');
});

test('the command repeats every option', () => {
  const fault = { kind: 'host-hung', at: sampleReport().startedAt };
  const options = { ...sampleReport().options, checkPreview: true };
  expect(repeatCommand({ ...sampleReport(), fault, options })).toBe(
    'bin/fleet drill --engine embedded --fault host-hung --size small --seed 7 --check-preview',
  );
  expect(repeatCommand({ ...sampleReport(), engine: 'official Pulumi CLI v3.259.0', cloud: 'DigitalOcean' })).toContain(
    '--engine pulumi --cloud digitalocean --size small',
  );
});

test('steps: from their events, with one that was cut off and begun anew', () => {
  const steps = new StepTimes();
  const urn = 'urn:pulumi:drill::fleet::fleet:index:Fleet$command:remote:Command::alpha-restore';
  const base = Date.UTC(2026, 0, 1);
  steps.observe({ at: base, kind: 'step-start', op: 'refresh', urn });
  steps.observe({ at: base + 1, kind: 'step-start', op: 'create', urn });
  steps.observe({ at: base + 2, kind: 'step-start', op: 'create', urn });
  steps.observe({ at: base + 3, kind: 'step-failed', op: 'create', urn, error: 'x' });
  expect(steps.list).toEqual([
    { name: 'Command alpha-restore', op: 'create', start: '2026-01-01T00:00:00.001Z', end: null, failed: false },
    {
      name: 'Command alpha-restore',
      op: 'create',
      start: '2026-01-01T00:00:00.002Z',
      end: '2026-01-01T00:00:00.003Z',
      failed: true,
    },
  ]);
});
