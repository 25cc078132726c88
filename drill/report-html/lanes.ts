/** The writes around the fault as bars from sending to answer, one lane a kind. */
import type { Report } from '../../scripts/lib/drill-report';
import { markup, type Markup } from './escape';
import { axis, markLabels, markLines, position, roomForMarks, type Mark, type Tone } from './gantt';

export type LogEntry = Report['writes']['log'][number];

/** How much around the fault is drawn. */
const DRAWN_MS = { before: 10_000, after: 5_000 };
/** Heights in pixels: the name of a lane, one row of it, and the space to the next. */
const NAME = 15;
const ROW = 9;
const GAP = 6;

/** What became of a write, in a word and a tone. */
export function fate(entry: LogEntry): { word: string; tone: Tone } {
  if (entry.outcome === 'acknowledged')
    return entry.recovered ? { word: 'came back', tone: 'good' } : { word: 'lost', tone: 'bad' };
  return { word: entry.outcome === 'failed' ? 'failed' : 'in flight', tone: 'open' };
}

interface Span {
  entry: LogEntry;
  from: number;
  to: number;
}

/** Writes that overlap go into different rows. */
function rowsOf(spans: Span[]): Span[][] {
  const rows: Span[][] = [];
  for (const span of spans) {
    const free = rows.find((row) => row.every(({ to }) => to <= span.from));
    if (free) free.push(span);
    else rows.push([span]);
  }
  return rows;
}

/** The chart; undefined when nothing was written near the fault. `log` is in the order of sending. */
export function lanes(log: LogEntry[], faultAt: number): Markup | undefined {
  const spans = log
    // What was in flight was given up at the fault.
    .map((entry) => ({
      entry,
      from: Date.parse(entry.sentAt),
      to: entry.at === null ? Math.max(faultAt, Date.parse(entry.sentAt)) : Date.parse(entry.at),
    }))
    .filter(({ from, to }) => to >= faultAt - DRAWN_MS.before && from <= faultAt + DRAWN_MS.after);
  if (spans.length === 0) return undefined;
  const fault: Mark = { id: 'log-fault', label: 'fault', at: faultAt, tone: 'fault' };
  const last = Math.min(faultAt + DRAWN_MS.after, Math.max(faultAt, ...spans.map(({ to }) => to)));
  const chart = {
    from: Math.max(faultAt - DRAWN_MS.before, Math.min(...spans.map(({ from }) => from))),
    to: last + 300,
    zero: faultAt,
    marks: [fault],
  };
  const top = roomForMarks(chart);
  let y = top;
  const drawn = [...new Set(spans.map(({ entry }) => entry.kind))].sort().map((kind) => {
    const rows = rowsOf(spans.filter(({ entry }) => entry.kind === kind));
    const lane = markup`<text class="lane" x="0" y="${y + 11}">${kind}</text>${rows.map((row, n) => row.map((span) => bar(chart, span, y + NAME + n * ROW)))}`;
    y += NAME + rows.length * ROW + GAP;
    return lane;
  });
  return markup`<svg class="chart" role="img" aria-label="Writes around the fault" width="100%" height="${y + 22}">
${axis(chart, top, y - top)}
${markLines(chart, y)}
${drawn}
${markLabels(chart)}
</svg>
<p class="legend"><span class="key good"></span>acknowledged, came back <span class="key bad"></span>acknowledged, lost <span class="key open"></span>in flight or failed: promised to nobody</p>`;
}

function bar(chart: { from: number; to: number }, { entry, from, to }: Span, y: number): Markup {
  const { word, tone } = fate(entry);
  const [x, end] = [position(chart, from), position(chart, to)];
  return markup`<rect class="write tick-${tone}" x="${x}%" y="${y}" width="${Math.max(0.5, Math.round((end - x) * 100) / 100)}%" height="${ROW}"><title>${entry.kind} ${entry.id}: ${word}</title></rect>`;
}
