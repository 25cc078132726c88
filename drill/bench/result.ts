/** What a run of the benchmarks writes down, checked by this schema before it is written. */
import { z } from 'zod';
import type { Benchmark } from './benchmark';
import { median, ratiosOf, type Pair } from './statistics';

const sideSchema = z.strictObject({
  what: z.string().min(1),
  /** Every value as it was measured, in order. */
  values: z.array(z.number().positive()).min(1),
  median: z.number().positive(),
});

/** One figure: a ratio of two things that were measured in the same run. */
export const figureSchema = z.strictObject({
  benchmark: z.string().min(1),
  name: z.string().min(1),
  unit: z.string().min(1),
  measured: sideSchema,
  baseline: sideSchema,
  /** One a pair. */
  ratios: z.array(z.number().positive()).min(1),
  /** Median of the ratios. */
  ratio: z.number().positive(),
  /** What the ratio may be at most; null where it is told for information. */
  target: z.number().positive().nullable(),
  ok: z.boolean(),
  /** Whatever else was seen on the way, by name: values as they were measured. */
  details: z.record(z.string(), z.array(z.number())),
});

export const resultSchema = z.strictObject({
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  engine: z.string().min(1),
  cloud: z.string().nullable(),
  machine: z.strictObject({
    hostname: z.string(),
    cpus: z.number(),
    cpuModel: z.string(),
    memoryMiB: z.number(),
    system: z.string(),
    node: z.string(),
  }),
  /** Load of the machine (1 minute) before and after: what else ran beside the benchmarks. */
  load: z.tuple([z.number(), z.number()]),
  standIns: z.array(z.string()),
  figures: z.array(figureSchema),
});

export type Figure = z.infer<typeof figureSchema>;
export type BenchResult = z.infer<typeof resultSchema>;

export interface FigureOf {
  name: string;
  unit: string;
  measured: string;
  baseline: string;
  pairs: readonly Pair[];
  details?: Record<string, number[]>;
}

/** Makes a figure of its pairs; without a target of its benchmark it is told for information. */
export function figure({ name: benchmark, targets }: Pick<Benchmark, 'name' | 'targets'>, of: FigureOf): Figure {
  const target = targets[of.name] ?? null;
  const ratios = ratiosOf(of.pairs);
  const ratio = median(ratios);
  const side = (what: string, values: number[]) => ({ what, values, median: median(values) });
  return {
    benchmark,
    name: of.name,
    unit: of.unit,
    measured: side(
      of.measured,
      of.pairs.map(({ measured }) => measured),
    ),
    baseline: side(
      of.baseline,
      of.pairs.map(({ baseline }) => baseline),
    ),
    ratios,
    ratio,
    target,
    ok: target === null || ratio <= target,
    details: of.details ?? {},
  };
}
