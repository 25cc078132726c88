/** Compares what was acknowledged with what came back. Pure. */
import type { Check, Loss } from '../../scripts/lib/drill-report';
import { FACT_KINDS, datasetOf, pluralOf, type DatasetName, type Fact, type Facts } from '../seed/facts';

export interface Comparison {
  acknowledged: number;
  recovered: number;
  lost: Loss[];
  /** Came back without ever having been acknowledged. */
  invented: Fact[];
  /** One check a kind of thing. */
  checks: Check[];
}

/** Kind by kind, row by row. */
export function compare(expected: Facts, found: Facts): Comparison {
  const lost: Loss[] = [];
  const checks: Check[] = [];
  const invented = found.list().filter((fact) => !expected.get(fact.kind, fact.id));
  let recovered = 0;
  for (const kind of FACT_KINDS) {
    const wanted = expected.list(kind);
    const missing: string[] = [];
    for (const fact of wanted) {
      const back = found.get(kind, fact.id);
      if (back?.value === fact.value) {
        recovered += 1;
        continue;
      }
      missing.push(fact.id);
      lost.push({
        dataset: datasetOf(kind),
        kind,
        id: fact.id,
        acknowledgedAt: new Date(fact.at).toISOString(),
        how: back ? 'different' : 'missing',
      });
    }
    const extra = invented.filter((fact) => fact.kind === kind);
    if (wanted.length === 0 && extra.length === 0) continue;
    checks.push({
      name: pluralOf(kind),
      ok: missing.length === 0 && extra.length === 0,
      detail: [
        `${wanted.length - missing.length} of ${wanted.length}`,
        ...(missing.length ? [`lost: ${some(missing)}`] : []),
        ...(extra.length ? [`invented: ${some(extra.map((fact) => fact.id))}`] : []),
      ].join('; '),
    });
  }
  return { acknowledged: expected.list().length, recovered, lost, invented, checks };
}

/** At most three of them, and how many there are more. */
export function some(ids: string[]): string {
  return ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more`;
}

/** An acknowledged write, in milliseconds since the epoch. */
export interface Acknowledged {
  dataset: DatasetName;
  at: number;
}

export const acknowledgedOf = (facts: Facts): Acknowledged[] =>
  facts.list().map(({ kind, at }) => ({ dataset: datasetOf(kind), at }));

/**
 * Seconds of acknowledged work that a dataset lost: from the last write before the first lost one to the last acknowledged
 * write. Zero when nothing was lost, null when nothing came back.
 */
export function lossSeconds(acknowledged: Acknowledged[], lost: Loss[], dataset: DatasetName): number | null {
  const moments = acknowledged.filter((write) => write.dataset === dataset).map(({ at }) => at);
  const gone = lost.filter((loss) => loss.dataset === dataset).map((loss) => Date.parse(loss.acknowledgedAt));
  if (gone.length === 0) return 0;
  const first = Math.min(...gone);
  const kept = moments.filter((at) => at < first);
  if (kept.length === 0) return null;
  return (Math.max(...moments) - Math.max(...kept)) / 1000;
}
