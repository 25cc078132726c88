/** What breaks while a machine is away, as people read it on a terminal. */
import pc from 'picocolors';
import type { Blast, BlastRadius, Named } from '../../stacks/model/register/blast';
import { section, table } from './tables';

export const blastTables = ({ machine, today, target }: BlastRadius): string =>
  [`Without ${machine}:`, ...told(machine, 'today', today), ...told(machine, 'in the target', target)].join('\n');

const named = ({ kind, name }: Named): string => `${name} (${kind})`;

/** `a (sink) needs b (lane), on the machine`. */
const wayOf = (machine: string, way: Named[]): string =>
  [...(way.length ? [way.map(named).join(' needs ')] : []), `on ${machine}`].join(', ');

function told(machine: string, when: string, { breaks, goes, unknown }: Blast): string[] {
  const list = (rows: Named[]) => rows.map(named).join(', ');
  return [
    section(
      `Breaks ${when}`,
      breaks.length
        ? table(
            ['what', 'because of'],
            [46, 110],
            breaks.map(({ name, because }) => [pc.red(name), because.map((way) => wayOf(machine, way)).join('\n')]),
          )
        : pc.green('Nothing of production.'),
    ),
    ...(goes.length ? [`Does not work either: ${list(goes)}.`] : []),
    ...(unknown.length ? [`Not known, because no document says where it is: ${list(unknown)}.`] : []),
  ];
}
