/** What can be broken, for people and for programs. */
import Table from 'cli-table3';
import { faults } from './index';

const PROMISES = {
  recovers: 'recovers: no acknowledged work lost beyond its objective',
  refuses: 'refuses: nothing touched, says why and what would go on',
  withstands: 'withstands: each told and put back or refused, no harm done',
};

/** A table, or the same as JSON. */
export function listFaults(json: boolean): string {
  if (json) return JSON.stringify(faults.map(({ kind, title, ends }) => ({ kind, title, ends })));
  const table = new Table({
    head: ['fault', 'what happens', 'promised end'],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [27, 50, 36],
  });
  for (const { kind, title, ends } of faults) table.push([kind, title, PROMISES[ends]]);
  return table.toString();
}
