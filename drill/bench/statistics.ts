/** The arithmetic of a benchmark: medians, and pairs of measurements that were taken one right after the other. */

/** The middle of the values; of an even number, the mean of the two in the middle. There must be at least one. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('the median of nothing is asked for');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

export interface Pair {
  measured: number;
  baseline: number;
}

/** Each pair's own ratio: what slows the machine down for a while slows both halves of a pair. */
export function ratiosOf(pairs: readonly Pair[]): number[] {
  return pairs.map(({ measured, baseline }) => {
    if (!(measured > 0 && baseline > 0)) throw new Error(`a pair of ${measured} and ${baseline} has no ratio`);
    return measured / baseline;
  });
}

/** Runs both sides `count` times in pairs. Every second pair runs the other way round, so that being first helps neither. */
export async function interleaved(
  count: number,
  measure: { measured: () => Promise<number>; baseline: () => Promise<number> },
  onPair: (pair: Pair, index: number) => void = () => undefined,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let index = 0; index < count; index++) {
    const pair: Partial<Pair> = {};
    const order = index % 2 === 0 ? (['baseline', 'measured'] as const) : (['measured', 'baseline'] as const);
    for (const side of order) pair[side] = await measure[side]();
    pairs.push(pair as Pair);
    onPair(pair as Pair, index);
  }
  return pairs;
}
