/**
 * A chart of bars over time as SVG. Positions are percentages and heights are pixels, so that text keeps its size however
 * narrow the page is.
 */
import { markup, type Markup } from './escape';

export type Tone = 'plain' | 'fault' | 'rebuild' | 'step' | 'good' | 'bad' | 'open';

export interface Bar {
  label: string;
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  tone: Tone;
  id?: string;
}

export interface Mark {
  id: string;
  label: string;
  at: number;
  tone: Tone;
}

export interface Chart {
  title: string;
  bars: Bar[];
  marks: Mark[];
  from: number;
  to: number;
  /** The moment that the axis counts from. */
  zero: number;
}

const ROW = 22;
const STEPS_S = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
const MOST_TICKS = 6;

/** Position of a moment on a chart, in percent of its width. */
export function position(chart: Pick<Chart, 'from' | 'to'>, at: number): number {
  const share = ((at - chart.from) / Math.max(1, chart.to - chart.from)) * 100;
  return Math.round(Math.min(100, Math.max(0, share)) * 100) / 100;
}

/** Seconds with as many places as they deserve. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const moment = (s: number): string => {
  const sign = s < 0 ? '−' : s > 0 ? '+' : '';
  const whole = Math.abs(s);
  return whole < 120
    ? `${sign}${whole} s`
    : `${sign}${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')} min`;
};

/** Lines of the time axis with their labels. */
export function axis(chart: Pick<Chart, 'from' | 'to' | 'zero'>, top: number, height: number): Markup[] {
  const length = (chart.to - chart.from) / 1000;
  const step = STEPS_S.find((one) => length / one <= MOST_TICKS) ?? length / MOST_TICKS;
  const ticks: number[] = [];
  for (let s = Math.ceil((chart.from - chart.zero) / 1000 / step) * step; chart.zero + s * 1000 <= chart.to; s += step)
    ticks.push(s);
  return ticks.map((s) => {
    const x = position(chart, chart.zero + s * 1000);
    const anchor = x < 4 ? 'start' : x > 94 ? 'end' : 'middle';
    return markup`<line class="grid" x1="${x}%" x2="${x}%" y1="${top}" y2="${top + height}"/><text class="tick" x="${x}%" y="${top + height + 15}" text-anchor="${anchor}">${moment(s)}</text>`;
  });
}

/** The vertical lines of the marks: drawn before the bars, so that they do not strike through text. */
export function markLines(chart: Pick<Chart, 'from' | 'to' | 'marks'>, bottom: number): Markup[] {
  return chart.marks.map((mark, n) => {
    const x = position(chart, mark.at);
    return markup`<line class="mark ${mark.tone}" data-mark="${mark.id}" x1="${x}%" x2="${x}%" y1="${n * 17 + 3}" y2="${bottom}"/>`;
  });
}

/** The labels of the marks, each on a line of its own above the chart. */
export function markLabels(chart: Pick<Chart, 'from' | 'to' | 'marks'>): Markup[] {
  return chart.marks.map((mark, n) => {
    const x = position(chart, mark.at);
    const right = x <= 50;
    return markup`<text class="mark ${mark.tone}" x="${x}%" y="${n * 17 + 12}" dx="${right ? 6 : -6}" text-anchor="${right ? 'start' : 'end'}">${mark.label}</text>`;
  });
}

/** The room that `markLabels` needs above a chart. */
export const roomForMarks = (chart: Pick<Chart, 'marks'>): number => chart.marks.length * 17 + 8;

function row(chart: Chart, bar: Bar, y: number): Markup {
  const [start, end] = [position(chart, bar.from), position(chart, bar.to)];
  const text = `${bar.label} · ${seconds(bar.to - bar.from)}`;
  // The label goes where there is most room: inside a long bar, else on the emptier side of it.
  const place = end - start > 55 ? 'inside' : 100 - end >= start ? 'after' : 'before';
  const [x, dx, anchor] = { inside: [start, 6, 'start'], after: [end, 6, 'start'], before: [start, -6, 'end'] }[place];
  return markup`<g class="bar ${bar.tone}"${bar.id ? markup` data-bar="${bar.id}"` : undefined}><title>${text}</title><rect x="${start}%" y="${y + 3}" width="${Math.max(0.4, Math.round((end - start) * 100) / 100)}%" height="${ROW - 6}" rx="2"/><text class="${place}" x="${x}%" y="${y + 15}" dx="${dx}" text-anchor="${anchor}">${text}</text></g>`;
}

/** The whole chart: one row a bar, marks above, the axis below. */
export function gantt(chart: Chart): Markup {
  const top = roomForMarks(chart);
  const height = chart.bars.length * ROW;
  return markup`<svg class="chart" role="img" aria-label="${chart.title}" width="100%" height="${top + height + 22}">
${axis(chart, top, height)}
${markLines(chart, top + height)}
${chart.bars.map((bar, n) => row(chart, bar, top + n * ROW))}
${markLabels(chart)}
</svg>`;
}
