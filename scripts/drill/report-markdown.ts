/** The report as people read it: in a file, and as a table on the terminal. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { elapsed } from '../lib/progress';
import type { Report } from './report';

const verdicts: Record<Report['verdict'], string> = {
  recovered: 'everything came back',
  failed: 'FAILED',
  interrupted: 'interrupted',
};

const lasted = (phase: Report['phases'][number]): string => elapsed(Date.parse(phase.end) - Date.parse(phase.start));
const secondsOf = (value: number | null): string => (value === null ? 'never' : `${value.toFixed(1)} s`);

/** A short report in Markdown. */
export function markdown(report: Report): string {
  const cell = (text: string) => text.replace(/\|/g, '\\|').replace(/\n/g, ' ');
  const row = (...cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [
    `# Drill of ${report.startedAt}: ${verdicts[report.verdict]}`,
    '',
    `A rehearsal on the ${report.cloud} with the ${report.engine}, size ${report.options.size}, seed ${report.options.seed},`,
    `on ${report.machine.cpus} CPUs and ${report.machine.memoryMiB} MiB (${report.machine.system}).`,
    ...(report.failure ? ['', `It ended early: ${report.failure}`] : []),
    '',
    row('figure', 'measured', 'objective'),
    '|---|---|---|',
    row('RTO, fresh client', secondsOf(report.rto.fresh), `${report.rto.objectiveSeconds} s`),
    row('RTO, client with a cached answer', secondsOf(report.rto.cachedClient), `${report.rto.objectiveSeconds} s`),
    ...report.rpo.map((entry) => row(`RPO, ${entry.dataset}`, secondsOf(entry.seconds), `${entry.objectiveSeconds} s`)),
    row('acknowledged writes recovered', `${report.writes.recovered} of ${report.writes.acknowledged}`, ''),
    '',
    row('phase', 'took'),
    '|---|---|',
    ...report.phases.map((phase) => row(phase.name, lasted(phase))),
    '',
    row('check', '', 'detail'),
    '|---|---|---|',
    ...report.checks.map((check) => row(check.name, check.ok ? 'ok' : 'FAILED', check.detail)),
    '',
    `Stand-ins: ${report.standIns.join('; ') || 'none'}.`,
    '',
  ].join('\n');
}

/** Phases, figures and checks for the terminal. */
export function tables(report: Report): string {
  const phases = new Table({ head: ['phase', 'took'], style: { head: [], border: [] }, colAligns: ['left', 'right'] });
  for (const phase of report.phases) phases.push([phase.name, lasted(phase)]);
  const checks = new Table({ head: ['check', '', 'detail'], style: { head: [], border: [] }, wordWrap: true, colWidths: [36, 8, 72] });
  for (const check of report.checks) checks.push([check.name, check.ok ? pc.green('ok') : pc.red('FAILED'), check.detail]);
  const verdict = `${verdicts[report.verdict]}: RTO ${secondsOf(report.rto.fresh)} (fresh), ${secondsOf(report.rto.cachedClient)} (cached answer); ${report.writes.recovered} of ${report.writes.acknowledged} acknowledged writes recovered`;
  return [
    phases.toString(),
    checks.toString(),
    `engine: ${report.engine}; cloud: ${report.cloud}`,
    ...(report.failure ? [pc.red(`ended early: ${report.failure}`)] : []),
    report.verdict === 'recovered' ? pc.green(verdict) : pc.red(verdict),
  ].join('\n');
}
