/** The history as people read it on a terminal. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { COLOURS, faultWords, isRehearsal, toneOf } from '../report-words';
import type { History, PastDrill } from './read';
import type { Group, Trend } from './trend';

const BLOCKS = '▁▂▃▄▅▆▇█';
/** The sparkline shows no more than this many drills. */
const MOST_BLOCKS = 30;

/** One sign a value, higher for more, `×` where there is none. */
export function sparkline(values: Array<number | null>): string {
  const shown = values.slice(-MOST_BLOCKS);
  const known = shown.filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const block = (value: number) =>
    BLOCKS[most === least ? 0 : Math.round(((value - least) / (most - least)) * (BLOCKS.length - 1))];
  return shown.map((value) => (value === null ? '×' : block(value))).join('');
}

const places = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : value.toFixed(1);

const engineWords = (engine: string): string =>
  engine.replace(/^official Pulumi CLI/, 'pulumi').replace(/ engine$/, '');
const cloudWords = (cloud: string): string => (isRehearsal({ cloud }) ? 'rehearsal' : cloud);

const percent = (share: number | null): string => (share === null ? '–' : `${Math.round(share * 100)} %`);

function drillsTable(drills: PastDrill[], datasets: string[]): string {
  const head = [
    'time (UTC)',
    'engine',
    'cloud',
    'size',
    'fault',
    'verdict',
    'machine',
    'RTO new/\ncached',
    `RPO ${datasets.map((name) => name.split('/').pop()).join('/\n')}`,
    'lost',
  ];
  const table = new Table({
    head,
    style: { head: [], border: [], compact: true },
    wordWrap: true,
    colAligns: ['left', 'left', 'left', 'left', 'left', 'left', 'right', 'right', 'right', 'right'],
  });
  for (const drill of drills) {
    const rpo = datasets.map((dataset) => places(drill.rpo.find((one) => one.dataset === dataset)?.seconds));
    table.push([
      drill.startedAt.slice(0, 16).replace('T', ' '),
      engineWords(drill.engine),
      cloudWords(drill.cloud),
      drill.size,
      drill.fault === null ? 'none' : faultWords(drill.fault),
      COLOURS[toneOf(drill)](drill.verdict),
      percent(drill.share),
      `${places(drill.rto.fresh)}/${places(drill.rto.cachedClient)}${drill.checkPreview ? ' *' : ''}`,
      rpo.join('/') || '–',
      drill.acknowledged ? `${drill.lost} of ${drill.acknowledged}` : '–',
    ]);
  }
  return table.toString();
}

function trendLine({ figure, recent, of, before, direction }: Trend): string {
  const now = `  ${figure.padEnd(24)} ${recent.toFixed(1).padStart(7)} s  ${of === 1 ? 'the last one' : `median of the last ${of}`}`;
  if (before === null || direction === null) return `${now}, nothing to compare with yet`;
  const colour = { better: pc.green, worse: pc.red, same: pc.dim }[direction];
  return `${now}, ${colour(direction === 'same' ? 'the same as before' : `${direction} than before`)} (${before.toFixed(1)} s)`;
}

function groupLines(group: Group): string {
  const title = `${faultWords(group.fault)}, ${group.size}, ${engineWords(group.engine)} engine, ${cloudWords(group.cloud)}${group.checkPreview ? ', with a preview in the way' : ''}; ${group.machine}`;
  const measured = group.rto.some((value) => value !== null);
  return [
    pc.bold(title),
    `  ${group.good} of ${group.drills} ended as they should${measured ? `; RTO ${sparkline(group.rto)}` : ''}`,
    ...group.trends.map(trendLine),
  ].join('\n');
}

/** The last `limit` drills, the trends over all of them, and what could not be read. */
export function historyTable({ drills, skipped }: History, trends: Group[], limit: number): string {
  if (drills.length === 0 && skipped.length === 0)
    return 'No drill has been written down here yet. Run one with: fleet drill';
  const shown = drills.slice(-limit);
  const datasets = [...new Set(shown.flatMap(({ rpo }) => rpo.map(({ dataset }) => dataset)))];
  const notes = [
    ...(shown.length < drills.length
      ? [`${drills.length - shown.length} older drills are not shown; --limit shows more`]
      : []),
    ...(shown.some(({ checkPreview }) => checkPreview) ? ['* with a preview between fault and rebuild'] : []),
    ...(shown.some(isRehearsal)
      ? ['rehearsal: on the embedded cloud; the times are this machine’s, not the provider’s']
      : []),
    ...(shown.some(({ share }) => share !== null)
      ? ['machine: what the drill had of it since the fault, against the one that the objectives were set on']
      : []),
    'RTO and RPO in seconds; only drills of the same fault, size, engine, cloud and machine are compared',
  ];
  return [
    ...(shown.length ? [drillsTable(shown, datasets), notes.join('\n')] : []),
    ...trends.map(groupLines),
    ...(skipped.length
      ? [`${pc.yellow('skipped')}:\n${skipped.map(({ folder, why }) => `  ${folder}: ${why}`).join('\n')}`]
      : []),
  ].join('\n\n');
}
