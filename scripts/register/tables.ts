/** A register as people read it on a terminal. */
import Table from 'cli-table3';
import pc from 'picocolors';
import { stepsOf, type Step } from '../../stacks/model/register/blockers';
import { findingsOf } from '../../stacks/model/register/findings';
import { KINDS, targetOf, type Gate, type Place, type Register, type Row } from '../../stacks/model/register/schema';

/** Stands where the document is silent. */
const BLANK = '–';

export function table(head: string[], widths: number[], rows: string[][]): string {
  const made = new Table({ head, colWidths: widths, wordWrap: true, style: { head: [], border: [] } });
  made.push(...rows);
  return made.toString();
}

export const section = (title: string, text: string): string => `\n${pc.bold(title)}\n${text}`;

const orBlank = (words: string[]): string => words.join(', ') || BLANK;

function placeOf({ kind }: Row, { on, as }: Place): string {
  const machines = on?.join(kind === 'lane' || kind === 'tunnel' ? ' → ' : ', ') ?? BLANK;
  return machines === as ? as : `${machines}: ${as}`;
}

const TITLES: Record<(typeof KINDS)[number], string> = {
  workload: 'Workloads',
  lane: 'Lanes',
  tunnel: 'Tunnels',
  remote: 'Remotes',
  checkout: 'Checkout paths',
  sink: 'Sinks',
  pipeline: 'Pipelines',
};

function rowOf(row: Row): string[] {
  const target = targetOf(row);
  const registry = row.kind === 'pipeline' ? row.registry : null;
  const images = (where: string | null | undefined) => (where ? `; to ${where}` : '');
  return [
    'critical' in row && row.critical ? `${row.name} ${pc.yellow('(critical)')}` : row.name,
    `${placeOf(row, row.today)}${images(registry?.today)}${row.kind === 'tunnel' && row.carries === 'reverse' ? ' (reverse)' : ''}`,
    target ? `${placeOf(row, target)}${images(registry?.target)}` : row.target === 'retired' ? 'retired' : BLANK,
    orBlank(row.owner),
    String(row.wave ?? BLANK),
    row.method ?? BLANK,
  ];
}

function stepOf({ wave, rows, isDone, waits, tasks, gates }: Step): string[] {
  return [
    `${wave.number} ${wave.what}${wave.tasks.length ? ` (${wave.tasks.join(', ')})` : ''}${isDone ? pc.green(' done') : ''}`,
    orBlank(rows.map(({ kind, name }) => `${name}${kind === 'workload' ? '' : ` (${kind})`}`)),
    [waits.length ? `${waits.length === 1 ? 'wave' : 'waves'} ${waits.join(', ')}` : '', ...tasks]
      .filter(Boolean)
      .join('; ') || 'nothing',
    gates.map(gateOf).join('; ') || 'none',
  ];
}

const gateOf = ({ what, owner }: Gate): string => `${what} (${owner ?? BLANK})`;

/** All of a register, from its machines to what it leaves open. */
export function registerTables(register: Register): string {
  const { name, document, machines, rows, tasks, promotion, gaps, contradictions } = register;
  const findings = findingsOf(register);
  return [
    `${name}: ${document}`,
    section(
      'Machines',
      table(
        ['machine', 'kind', 'address', 'today', 'target'],
        [14, 14, 17, 60, 60],
        machines.map(({ name, kind, identity, address, frozen, today, target }) => [
          name,
          frozen ? `${kind}, frozen` : kind,
          address ?? identity ?? BLANK,
          today,
          target ?? BLANK,
        ]),
      ),
    ),
    ...KINDS.flatMap((kind) => {
      const all = rows.filter((row) => row.kind === kind);
      return all.length
        ? [
            section(
              `${TITLES[kind]} (${all.length})`,
              table(['what', 'today', 'target', 'owner', 'wave', 'method'], [32, 44, 38, 20, 10, 32], all.map(rowOf)),
            ),
          ]
        : [];
    }),
    section(
      'What blocks what: waves in their order, each after those before it',
      table(['wave', 'moves', 'waits for', 'gates'], [30, 66, 34, 46], stepsOf(register).map(stepOf)),
    ),
    section(
      'Tasks',
      table(
        ['task', 'what', 'after', 'is marked', 'moves'],
        [24, 40, 20, 12, 80],
        tasks.map(({ id, what, after, done }) => [
          id,
          what ?? BLANK,
          orBlank(after),
          done ? 'done' : 'open',
          orBlank(rows.filter(({ owner }) => owner.includes(id)).map((row) => row.name)),
        ]),
      ),
    ),
    section(
      'A workload is production on its target only with',
      promotion.map((gate) => `- ${gateOf(gate)}`).join('\n'),
    ),
    section(
      `Findings (${findings.length})`,
      table(
        ['about', 'what'],
        [110, 68],
        findings.map(({ about, what }) => [about.join(', '), what]),
      ),
    ),
    section(
      `Open (${gaps.length})`,
      table(
        ['what', 'where', 'why', 'closed by'],
        [36, 32, 58, 50],
        gaps.map(({ subject, source, why, closes }) => [subject, source, why, closes]),
      ),
    ),
    section(
      `Where the document disagrees with itself (${contradictions.length})`,
      table(
        ['about', 'what is said', 'reading taken'],
        [36, 80, 62],
        contradictions.map(({ about, says, taken }) => [about, says.join('; '), taken]),
      ),
    ),
    `\n${rows.length} rows, ${findings.length} findings. What breaks without one of the machines: --without ${machines.map(({ name }) => name).join('|')}`,
  ].join('\n');
}
