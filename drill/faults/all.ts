/** Every fault in turn, each on a clone of its own; one line a fault as it goes, a table at the end. */
import Table from 'cli-table3';
import pc from 'picocolors';
import type { Chosen } from '../../scripts/engines/choose';
import { EXIT } from '../../scripts/lib/errors';
import { elapsed } from '../../scripts/lib/progress';
import type { DrillOptions } from '../context';
import { runDrill } from '../drill';
import type { Report } from '../../scripts/lib/drill-report';
import { fails } from '../report';
import { COLOURS, isGood, toneOf } from '../report-words';
import { faults } from './index';

export interface FaultResult {
  kind: string;
  ends: string;
  verdict: Report['verdict'];
  seconds: number;
  /** What did not hold; empty when all did. */
  wrong: string[];
  dir: string;
}

/** Runs them all, also after one that failed; returns the exit code. */
export async function runAll(
  options: DrillOptions,
  chosen: Chosen,
  signal: AbortSignal,
  json: boolean,
): Promise<number> {
  const results: FaultResult[] = [];
  for (const fault of faults) {
    if (signal.aborted) break;
    const began = Date.now();
    const { report, dir } = await runDrill({ ...options, keep: false, fault }, chosen, signal);
    const wrong = [
      ...(report.failure ? [report.failure] : []),
      ...report.checks.filter(fails).map(({ name, detail }) => `${name}: ${detail}`),
    ];
    const seconds = Math.round((Date.now() - began) / 1000);
    const result = { kind: fault.kind, ends: fault.ends, verdict: report.verdict, seconds, wrong, dir };
    results.push(result);
    if (!json) process.stdout.write(`${line(result)}\n`);
  }
  process.stdout.write(json ? `${JSON.stringify(results)}\n` : `${table(results)}\n`);
  if (signal.aborted) return EXIT.interrupted;
  if (results.every(isGood)) return EXIT.ok;
  return results.some(({ verdict }) => verdict === 'failed') ? EXIT.failed : EXIT.inconclusive;
}

const WORDS = { good: 'ok    ', open: 'open  ', bad: 'FAILED' };

const ending = (result: FaultResult): string => COLOURS[toneOf(result)](WORDS[toneOf(result)]);

const line = (result: FaultResult): string =>
  `${ending(result)}  ${result.kind.padEnd(26)} ${result.verdict.padEnd(12)} ${elapsed(result.seconds * 1000)}${result.wrong.length ? `  ${result.wrong.join('\n').replace(/\n.*/s, '')}` : ''}`;

function table(results: FaultResult[]): string {
  const shown = new Table({
    head: ['fault', 'promised', 'came', 'took', ''],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [27, 12, 14, 8, 59],
    colAligns: ['left', 'left', 'left', 'right', 'left'],
  });
  for (const result of results) {
    const said = result.wrong.length ? `${result.wrong.slice(0, 3).join('; ')} (${result.dir})` : '';
    shown.push([
      result.kind,
      result.ends,
      (isGood(result) ? pc.green : pc.red)(result.verdict),
      elapsed(result.seconds * 1000),
      said,
    ]);
  }
  const failed = results.filter((result) => !isGood(result)).length;
  return `${shown.toString()}\n${failed ? pc.red(`${failed} of ${results.length} faults did not end as promised.`) : pc.green(`All ${results.length} faults ended as promised.`)}`;
}
