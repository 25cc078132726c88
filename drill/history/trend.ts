/** How the figures develop, comparing only drills that were alike. */
import { median } from '../bench/statistics';
import { starved } from '../machine/share';
import { isGood } from '../report-words';
import type { PastDrill } from './read';

/** So many of the last drills are set against as many before them, where there are that many. */
const WINDOW = 5;
/** Smaller differences are chance: a share of what it was, and at least this many seconds. */
const CHANCE = { share: 0.05, seconds: 0.5 };

export type Direction = 'better' | 'worse' | 'same';

export interface Trend {
  figure: string;
  /** Median of the last `of` drills, in seconds. */
  recent: number;
  of: number;
  /** Median of as many before them; null when there are none. */
  before: number | null;
  direction: Direction | null;
}

/** What drills have in common that may be compared. */
type Likeness = Pick<PastDrill, 'engine' | 'cloud' | 'size' | 'machine' | 'checkPreview'> & { fault: string };

export interface Group extends Likeness {
  drills: number;
  /** Those that ended as they should: recovered, or refused as promised. */
  good: number;
  /** RTO of a new client of each, oldest first; null where it was not measured. */
  rto: Array<number | null>;
  trends: Trend[];
}

/** The trend of one figure, from its values oldest first; undefined without any. Less is better. */
export function trendOf(figure: string, values: number[]): Trend | undefined {
  if (values.length === 0) return undefined;
  const of = Math.min(WINDOW, Math.ceil(values.length / 2));
  const earlier = values.slice(Math.max(0, values.length - 2 * of), -of);
  const recent = median(values.slice(-of));
  const before = earlier.length ? median(earlier) : null;
  return { figure, recent, of, before, direction: before === null ? null : directionOf(recent, before) };
}

function directionOf(recent: number, before: number): Direction {
  if (Math.abs(recent - before) <= Math.max(CHANCE.seconds, before * CHANCE.share)) return 'same';
  return recent < before ? 'better' : 'worse';
}

const present = (value: number | null | undefined): value is number => value !== null && value !== undefined;

function trendsOf(drills: PastDrill[]): Trend[] {
  // The times of a drill that failed say nothing about those of one that did not, nor do those of a machine that others kept busy.
  const recovered = drills.filter(
    ({ verdict, share }) => verdict === 'recovered' && (share === null || !starved({ of: share })),
  );
  const datasets = [...new Set(recovered.flatMap(({ rpo }) => rpo.map(({ dataset }) => dataset)))];
  const series: Array<[string, Array<number | null | undefined>]> = [
    ['RTO, new client', recovered.map(({ rto }) => rto.fresh)],
    ['RTO, cached answer', recovered.map(({ rto }) => rto.cachedClient)],
    ...datasets.map((dataset): [string, Array<number | null | undefined>] => [
      `RPO, ${dataset}`,
      recovered.map(({ rpo }) => rpo.find((one) => one.dataset === dataset)?.seconds),
    ]),
  ];
  return series.flatMap(([figure, values]) => trendOf(figure, values.filter(present)) ?? []);
}

/** Drills of the same fault, size, engine, cloud and machine, in groups; those that ended before a fault belong to none. */
export function groups(drills: PastDrill[]): Group[] {
  const alike = new Map<string, PastDrill[]>();
  for (const drill of drills) {
    const { engine, cloud, size, fault, machine, checkPreview } = drill;
    if (fault === null) continue;
    const key = JSON.stringify({ engine, cloud, size, fault, machine, checkPreview } satisfies Likeness);
    alike.set(key, [...(alike.get(key) ?? []), drill]);
  }
  return [...alike].map(([key, some]) => ({
    ...(JSON.parse(key) as Likeness),
    drills: some.length,
    good: some.filter(isGood).length,
    rto: some.map(({ rto }) => rto.fresh),
    trends: trendsOf(some),
  }));
}
