/** What was written around the fault, and what became of it. */
import type { Report } from '../report';
import { markup, type Markup } from './escape';
import { axis, markLabels, markLines, position, roomForMarks, type Mark, type Tone } from './gantt';

type Writes = Report['writes'];
type LogEntry = Writes['log'][number];
type Load = NonNullable<Writes['load']>;

/** How much around the fault is drawn. */
const DRAWN_MS = { before: 10_000, after: 5_000 };
const MOST_LOST = 30;
const LANE = 34;

const clock = (at: string | null): string => (at === null ? '–' : at.slice(11, 23));

const endOf = (entry: LogEntry): number => Date.parse(entry.at ?? entry.sentAt);

/** What became of a write, in a word and a tone. */
function fate(entry: LogEntry): { word: string; tone: Tone } {
  if (entry.outcome === 'acknowledged') return entry.recovered ? { word: 'came back', tone: 'good' } : { word: 'lost', tone: 'bad' };
  return { word: entry.outcome === 'failed' ? 'failed' : 'in flight', tone: 'open' };
}

/** The moments of each write as ticks, one lane a kind. */
function lanes(entries: LogEntry[], faultAt: number): Markup {
  const kinds = [...new Set(entries.map(({ kind }) => kind))].sort();
  const last = Math.min(faultAt + DRAWN_MS.after, Math.max(faultAt, ...entries.map(endOf)));
  const fault: Mark = { id: 'log-fault', label: 'fault', at: faultAt, tone: 'fault' };
  const chart = { from: Math.min(...entries.map((entry) => Date.parse(entry.sentAt))), to: last + 500, zero: faultAt, marks: [fault] };
  const top = roomForMarks(chart);
  const height = kinds.length * LANE;
  const tick = (entry: LogEntry) => {
    const { word, tone } = fate(entry);
    const from = position(chart, Date.parse(entry.sentAt));
    const to = position(chart, entry.at === null ? faultAt : Date.parse(entry.at));
    const y = top + kinds.indexOf(entry.kind) * LANE + 17;
    return markup`<rect class="tick-${tone}" x="${from}%" y="${y}" width="${Math.max(0.35, Math.round((to - from) * 100) / 100)}%" height="13"><title>${entry.kind} ${entry.id}: ${word}</title></rect>`;
  };
  return markup`<svg class="chart" role="img" aria-label="Writes around the fault" width="100%" height="${top + height + 22}">
${axis(chart, top, height)}
${markLines(chart, top + height)}
${kinds.map((kind, n) => markup`<text class="lane" x="0" y="${top + n * LANE + 12}">${kind}</text>`)}
${entries.map(tick)}
${markLabels(chart)}
</svg>
<p class="legend"><span class="key good"></span>acknowledged, came back <span class="key bad"></span>acknowledged, lost <span class="key open"></span>in flight or failed: promised to nobody</p>`;
}

function logTable(entries: LogEntry[], faultAt: number): Markup {
  const before = entries.filter(({ sentAt }) => Date.parse(sentAt) <= faultAt).length;
  const caption = before < entries.length ? `The last ${before} writes before the fault and the first ${entries.length - before} after it` : `The last ${before} writes before the fault`;
  return markup`<div class="scroll"><table class="log"><caption>${caption}, times in UTC</caption>
<thead><tr><th>sent</th><th>acknowledged</th><th>kind</th><th>write</th><th>fate</th></tr></thead><tbody>
${entries.map((entry) => {
    const { word, tone } = fate(entry);
    return markup`<tr><td class="time">${clock(entry.sentAt)}</td><td class="time">${entry.outcome === 'acknowledged' ? clock(entry.at) : '–'}</td><td>${entry.kind}</td><td>${entry.id}</td><td class="${tone}">${word}</td></tr>`;
  })}
</tbody></table></div>`;
}

function lostTable(writes: Writes): Markup | undefined {
  if (writes.lost.length === 0) return undefined;
  const shown = writes.lost.slice(-MOST_LOST);
  const caption = shown.length < writes.lost.length ? `The last ${shown.length} of ${writes.lost.length} that are lost; report.json has all` : 'Acknowledged and lost';
  return markup`<div class="scroll"><table class="log"><caption>${caption}, times in UTC</caption>
<thead><tr><th>acknowledged</th><th>dataset</th><th>kind</th><th>write</th><th>how</th></tr></thead><tbody>
${shown.map((one) => markup`<tr><td class="time">${clock(one.acknowledgedAt)}</td><td>${one.dataset}</td><td>${one.kind}</td><td>${one.id}</td><td class="bad">${one.how}</td></tr>`)}
</tbody></table></div>`;
}

function loadLine(load: Load | null): Markup | undefined {
  if (!load) return undefined;
  const rate = ({ acknowledged, perSecond }: Load['database']) => `${acknowledged} (${perSecond.toFixed(1)} a second)`;
  const { inFlight, failed } = load;
  return markup`<p>In the ${load.seconds.toFixed(1)} s up to the fault ${rate(load.database)} database writes and ${rate(load.pushes)} pushes were acknowledged${failed ? ` and ${failed} writes failed` : ''}; ${inFlight.database} writes and ${inFlight.pushes} pushes were in flight when it struck.</p>`;
}

/** The section on writes; undefined when the drill ended before any was made. */
export function writesSection({ fault, writes }: Pick<Report, 'fault' | 'writes'>): Markup | undefined {
  if (!fault || writes.acknowledged === 0) return undefined;
  const faultAt = Date.parse(fault.at);
  const drawn = writes.log.filter((entry) => endOf(entry) >= faultAt - DRAWN_MS.before && Date.parse(entry.sentAt) <= faultAt + DRAWN_MS.after);
  return markup`<section id="writes"><h2>Writes around the fault</h2>
${loadLine(writes.load)}
${drawn.length ? lanes(drawn, faultAt) : undefined}
${lostTable(writes) ?? markup`<p>Every acknowledged write came back.</p>`}
${writes.log.length ? logTable(writes.log, faultAt) : undefined}
</section>`;
}
