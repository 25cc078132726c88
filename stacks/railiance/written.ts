/** How rows are written down. Facts of the document are numbered S2-01 to S2-160 in its order. */
import type { Origin, Place } from '../model/register/schema';

/** A section of the document, by its title. */
export const section =
  (title: string) =>
  (...facts: string[]): Origin => ({ section: title, facts });

/** Machines, the document's words, and the rows that it does not work without. */
export const at = (on: string | string[] | null, as: string, ...needs: string[]): Place => ({
  on: on === null ? null : [on].flat(),
  as,
  needs,
});

/** Task of the workplan that the document belongs to. */
export const task = (number: string): string => `CUST-WP-0054-${number}`;
