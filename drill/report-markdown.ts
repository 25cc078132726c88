/** The report as people read it: in a file, and as a table on the terminal. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { elapsed } from '../scripts/lib/progress';
import type { Report } from '../scripts/lib/drill-report';
import { timesOf } from './report';
import {
  COLOURS,
  endingWords,
  figure,
  isTimed,
  outcomeOf,
  rehearsalNote,
  shareLine,
  repeatCommand,
  toneOf,
  verdictWords,
} from './report-words';

const lasted = (phase: Report['phases'][number]): string => elapsed(Date.parse(phase.end) - Date.parse(phase.start));

/** A short report in Markdown. */
export function markdown(report: Report): string {
  const cell = (text: string) => text.replace(/\|/g, '\\|').replace(/\n/g, ' ');
  const note = rehearsalNote(report);
  const standIns = report.standIns.map(cell).join('; ') || 'none';
  const row = (...cells: string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [
    `# Drill of ${report.startedAt}: ${verdictWords(report)}`,
    '',
    ...(note ? [`> **REHEARSAL.** ${note}`, `> Stand-ins: ${standIns}.`, ''] : []),
    `On the ${report.cloud} with the ${report.engine}, size ${report.options.size}, seed ${report.options.seed},`,
    `on ${report.machine.cpus} CPUs and ${report.machine.memoryMiB} MiB (${report.machine.system}).`,
    ...shareLine(report),
    ...(report.failure ? ['', `${endingWords(report)}: ${report.failure}`] : []),
    '',
    `The same again: \`${repeatCommand(report)}\``,
    '',
    row('figure', 'measured', 'objective'),
    '|---|---|---|',
    ...timesOf(report).map(({ name, seconds, objectiveSeconds }) =>
      row(name, figure(seconds, report), `${objectiveSeconds} s`),
    ),
    row('acknowledged writes recovered', `${report.writes.recovered} of ${report.writes.acknowledged}`, ''),
    '',
    ...servicesTable(report, row),
    row('phase', 'took'),
    '|---|---|',
    ...report.phases.map((phase) => row(phase.name, lasted(phase))),
    '',
    row('check', '', 'detail'),
    '|---|---|---|',
    ...report.checks.map((check) => row(check.name, outcomeOf(check), check.detail)),
    ...(note ? [] : ['', `Stand-ins: ${standIns}.`]),
    '',
  ].join('\n');
}

/** One row a service; nothing for a drill of the forge alone. */
function servicesTable(report: Report, row: (...cells: string[]) => string): string[] {
  if (!report.services) return [];
  const held = (one: { seconds: number | null; objectiveSeconds: number } | null, none = 'no data') =>
    one ? `${figure(one.seconds, report)} of ${one.objectiveSeconds} s` : none;
  return [
    row('service', 'host', 'after a kill', 'RTO', 'RPO', 'transaction'),
    '|---|---|---|---|---|---|',
    ...report.services.map((one) =>
      row(
        one.service,
        one.host,
        held(one.restart, 'not killed'),
        held(one.rto),
        held(one.rpo),
        one.transaction.ok ? 'ok' : `FAILED: ${one.transaction.said}`,
      ),
    ),
    '',
  ];
}

const TONES = { ok: 'good', FAILED: 'bad', 'not judged': 'open' } as const;

/** Phases, figures and checks for the terminal. */
export function tables(report: Report): string {
  const phases = new Table({ head: ['phase', 'took'], style: { head: [], border: [] }, colAligns: ['left', 'right'] });
  for (const phase of report.phases) phases.push([phase.name, lasted(phase)]);
  const checks = new Table({
    head: ['check', '', 'detail'],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [36, 12, 68],
  });
  for (const check of report.checks)
    checks.push([check.name, COLOURS[TONES[outcomeOf(check)]](outcomeOf(check)), check.detail]);
  const note = rehearsalNote(report);
  const colour = COLOURS[toneOf(report)];
  return [
    phases.toString(),
    checks.toString(),
    `engine: ${report.engine}; cloud: ${report.cloud}`,
    ...shareLine(report),
    ...(note ? [`${pc.bold('REHEARSAL')}: ${note} Stand-ins:`, ...report.standIns.map((one) => `  ${one}`)] : []),
    ...(report.failure ? [colour(`${endingWords(report)}: ${report.failure}`)] : []),
    colour([verdictWords(report), figures(report).join('; ')].filter(Boolean).join(': ')),
  ].join('\n');
}

/** The figures that this drill has. */
function figures(report: Report): string[] {
  const { rto, writes, services, verdict } = report;
  if (verdict === 'refused') return [];
  const last = Math.max(0, ...(services ?? []).map((service) => service.rto.seconds ?? Infinity));
  return [
    ...(rto.fresh !== null || isTimed(report)
      ? [`RTO ${figure(rto.fresh, report)} (fresh), ${figure(rto.cachedClient, report)} (cached answer)`]
      : []),
    ...(services?.length && Number.isFinite(last)
      ? [`${services.length} services, the last one after ${last.toFixed(1)} s`]
      : []),
    ...(writes.acknowledged ? [`${writes.recovered} of ${writes.acknowledged} acknowledged writes recovered`] : []),
  ];
}
