/** The drill over time: all of it, and from the fault on with the engine's steps. */
import { faultWords, struckAt } from '../report-words';
import type { Report } from '../../scripts/lib/drill-report';
import { markup, type Markup } from './escape';
import { gantt, seconds, type Bar, type Chart, type Mark, type Tone } from './gantt';

/** Steps that take a smaller share of the rebuild are bookkeeping and would only hide the others. */
const SMALLEST_SHARE = 0.003;
/** How much before the fault the second chart begins. */
const LEAD_MS = 3000;

const TONES: Record<string, Tone> = {
  fault: 'fault',
  detection: 'fault',
  rebuild: 'rebuild',
  refusal: 'rebuild',
  verify: 'good',
  compare: 'good',
};

/** `rto` counts from the fault, so a first transaction is a moment. */
function marksOf(report: Report): Mark[] {
  const struck = struckAt(report);
  if (!report.fault || struck === undefined) return [];
  const at = Date.parse(struck);
  const after = (moment: number) => seconds(moment - at);
  const marks: Mark[] = [{ id: 'fault', label: `fault: ${faultWords(report.fault.kind)}`, at, tone: 'fault' }];
  const detection = report.phases.find(({ name }) => name === 'detection');
  if (detection) {
    const detected = Date.parse(detection.end);
    marks.push({ id: 'detected', label: `detected after ${after(detected)}`, at: detected, tone: 'rebuild' });
  }
  if (report.rto.fresh !== null) {
    const first = at + report.rto.fresh * 1000;
    marks.push({ id: 'transaction', label: `first transaction after ${after(first)}`, at: first, tone: 'good' });
  }
  return marks;
}

const phaseBar = ({ name, start, end }: Report['phases'][number]): Bar => ({
  label: name,
  from: Date.parse(start),
  to: Date.parse(end),
  tone: TONES[name] ?? 'plain',
  id: name,
});

function whole(report: Report, marks: Mark[]): Chart {
  const [from, to] = [Date.parse(report.startedAt), Date.parse(report.endedAt)];
  return {
    title: 'All phases of the drill',
    bars: report.phases.map(phaseBar),
    marks,
    from,
    to,
    zero: marks[0]?.at ?? from,
  };
}

type Steps = NonNullable<Report['steps']>;

/** A step that was cut off ends at the latest where it is begun anew, or with the rebuild. */
function endOf(step: Steps[number], later: Steps, rebuilt: Report['phases'][number]): number {
  const again = later.find(({ name, op }) => name === step.name && op === step.op);
  return Date.parse(step.end ?? again?.start ?? rebuilt.end);
}

function stepBars(steps: Steps, rebuilt: Report['phases'][number]): { bars: Bar[]; left: number } {
  const shortest = (Date.parse(rebuilt.end) - Date.parse(rebuilt.start)) * SMALLEST_SHARE;
  const bars = steps.flatMap((step, n): Bar[] => {
    const [from, to] = [Date.parse(step.start), endOf(step, steps.slice(n + 1), rebuilt)];
    const how = step.failed ? ' failed' : step.end === null ? ' cut off' : '';
    if (how === '' && to - from < shortest) return [];
    const what = step.op.startsWith('delete') ? 'delete ' : '';
    return [
      { label: `${what}${step.name.replace(/^Command (?=.*-)/, '')}${how}`, from, to, tone: how ? 'bad' : 'step' },
    ];
  });
  return { bars, left: steps.length - bars.length };
}

function recovery(report: Report, marks: Mark[]): Markup | undefined {
  const shown = report.phases.filter(({ name }) => ['detection', 'preview', 'rebuild', 'verify'].includes(name));
  const rebuilt = shown.find(({ name }) => name === 'rebuild');
  const [first] = marks;
  if (!first || !rebuilt) return undefined;
  const from = first.at - LEAD_MS;
  const to = Math.max(...shown.map(({ end }) => Date.parse(end)), ...marks.map(({ at }) => at));
  const { bars, left } = stepBars(report.steps ?? [], rebuilt);
  const rows = shown.flatMap((phase) => [{ ...phaseBar(phase), id: undefined }, ...(phase === rebuilt ? bars : [])]);
  return markup`<h3>From the fault on</h3>
${gantt({ title: 'From the fault on, with the steps of the engine', bars: rows, marks, from, to, zero: first.at })}
${left ? markup`<p class="note">Not drawn because too short to see: ${left} of ${report.steps?.length ?? 0} steps; report.json has all.</p>` : undefined}`;
}

/** The section with both charts. */
export function timelineSection(report: Report): Markup {
  const marks = marksOf(report);
  return markup`<section id="timeline"><h2>Timeline</h2>
<p class="note">Seconds ${marks.length ? 'before and after the fault' : 'from the start'}.</p>
${gantt(whole(report, marks))}
${recovery(report, marks)}
</section>`;
}
