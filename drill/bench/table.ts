/** Results as people read them. */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { Benchmark } from './benchmark';
import type { BenchResult, Figure } from './result';

const short = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
const withUnit = (value: number, unit: string): string => `${short(value)} ${unit}`;

/** One row of a figure: what, both medians, ratio and spread, target, verdict. */
export function rowOf(figure: Figure): string[] {
  const spread =
    figure.ratios.length > 1 ? ` (${short(Math.min(...figure.ratios))}–${short(Math.max(...figure.ratios))})` : '';
  return [
    figure.benchmark,
    figure.name,
    `${figure.measured.what}: ${withUnit(figure.measured.median, figure.unit)}`,
    `${figure.baseline.what}: ${withUnit(figure.baseline.median, figure.unit)}`,
    `${short(figure.ratio)}${spread}`,
    figure.target === null ? '–' : `≤ ${figure.target}`,
    figure.target === null ? '' : figure.ok ? 'ok' : 'MISSED',
  ];
}

/** The table of a run, and what it was measured on. */
export function tableOf(result: BenchResult): string {
  const table = new Table({
    head: ['benchmark', 'figure', 'measured', 'against', 'ratio', 'target', ''],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [13, 24, 30, 30, 18, 8, 8],
  });
  for (const figure of result.figures) {
    const row = rowOf(figure);
    table.push([...row.slice(0, -1), row.at(-1) === 'MISSED' ? pc.red('MISSED') : pc.green(row.at(-1))]);
  }
  const { machine, load } = result;
  return [
    table.toString(),
    'Ratios are medians of pairs that were measured one right after the other; in brackets the smallest and the largest.',
    `engine: ${result.engine}; cloud: ${result.cloud ?? 'none'}; ${machine.cpus} CPUs (${machine.cpuModel}), ${machine.memoryMiB} MiB, ${machine.system}, load ${load[0].toFixed(1)} before, ${load[1].toFixed(1)} after`,
    `stand-ins: ${result.standIns.join('; ') || 'none'}`,
  ].join('\n');
}

/** The list of benchmarks with their targets, for people who have not run any. */
export function listOf(benchmarks: readonly Benchmark[]): string {
  const table = new Table({
    head: ['benchmark', 'what', 'target'],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [14, 74, 32],
  });
  for (const { name, what, targets } of benchmarks) {
    table.push([
      name,
      what,
      Object.entries(targets)
        .map(([figure, target]) => `${figure} ≤ ${target}`)
        .join('\n') || '–',
    ]);
  }
  return table.toString();
}
