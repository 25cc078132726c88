/** Where the fleet's documents disagree, and which reading the declaration follows. */
import type { Fleet } from './fleet';
import { page, section, table } from './markdown';

export function contradictionsPage(fleet: Fleet): string {
  const count = fleet.contradictions.reduce((sum, { entries }) => sum + entries.length, 0);
  return page(
    'Contradictions of the documents',
    `The fleet is described by three documents: Emergency Procedures (2026-03-31), Fleet Topology (2026-04-06) and VPS Recovery Runbook (2026-04-26). Where nothing else decides, the newest wins, and no address is trusted that was not looked at. ${count} contradictions, with the reading that the declaration follows:`,
    ...fleet.contradictions.map(({ title, entries }) =>
      section(
        title,
        table(
          ['about', 'what is said', 'reading taken'],
          entries.map(({ about, says, taken }) => [about, says.join('<br>'), taken]),
        ),
      ),
    ),
  );
}
