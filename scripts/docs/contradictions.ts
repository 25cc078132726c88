/** Where the fleet's documents disagree, and which reading the declaration follows. */
import type { DocumentedFleet } from './fleet';
import { page, section, table } from './markdown';

export function contradictionsPage(fleet: DocumentedFleet): string {
  const count = fleet.contradictions.sections.reduce((sum, { entries }) => sum + entries.length, 0);
  return page(
    'Contradictions of the documents',
    `${fleet.contradictions.documents} ${count} contradictions, with the reading that the declaration follows:`,
    ...fleet.contradictions.sections.map(({ title, entries }) =>
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
