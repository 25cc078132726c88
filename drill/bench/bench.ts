/** Runs benchmarks and puts what they measured together. */
import { loadavg } from 'node:os';
import type { Chosen } from '../../scripts/engines/choose';
import { machine } from '../../scripts/lib/machine';
import type { Progress } from '../../scripts/lib/progress';
import { backupCost } from './backup-cost';
import { age } from './age';
import type { Benchmark, BenchOptions } from './benchmark';
import { engine } from './engine';
import { manyRefs } from './many-refs';
import { preview } from './preview';
import { restore } from './restore';
import { rebuild } from './rebuild';
import { resultSchema, type BenchResult, type Figure } from './result';
import { Stage } from '../stage';

/** In the order they run: what needs the machine to itself comes before what leaves load behind. */
export const benchmarks: readonly Benchmark[] = [engine, restore, age, preview, backupCost, manyRefs, rebuild];

/** Runs the chosen benchmarks. The stage is made once, and taken down whatever happens. */
export async function runBenchmarks(
  chosen: readonly Benchmark[],
  using: Chosen,
  options: BenchOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<BenchResult> {
  const startedAt = new Date().toISOString();
  const [before] = loadavg();
  const figures: Figure[] = [];
  let stage: Promise<Stage> | undefined;
  const open = () => (stage ??= Stage.open(options, using, progress, signal));
  let failed = true;
  let opened: Stage | undefined;
  try {
    for (const benchmark of chosen) {
      signal.throwIfAborted();
      progress.begin(benchmark.name, benchmark.what);
      figures.push(...(await benchmark.run({ options, chosen: using, progress, signal, stage: open })));
    }
    failed = false;
  } finally {
    opened = await stage?.catch(() => undefined);
    await opened?.close({ failed });
  }
  const standIns = [
    ...(opened?.standIns ?? []),
    ...(using.engine.name === 'embedded' ? ['Pulumi engine and providers: embedded engine'] : []),
  ];
  return resultSchema.parse({
    startedAt,
    endedAt: new Date().toISOString(),
    engine: using.engine.label,
    cloud: opened ? 'embedded cloud' : null,
    machine: machine(),
    load: [before, loadavg()[0]],
    standIns,
    figures,
  });
}
