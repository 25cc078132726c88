/** One thing that goes wrong on a clone, as data: what, how, what must be told, and the end. */
import type { Seeded } from '../../context';

/**
 * `put back`: the update makes it as it was. `refused`: it changes nothing and says why. `told`: it ends as failed, naming what is left to a person.
 * `goes on`: it ends well, with what it has to say about it.
 */
export type End = 'put back' | 'refused' | 'told' | 'goes on';

/** What a row may need of the stack as it is now: ids differ from one row to the next. */
export interface Things {
  droplet: { id: number; name: string; address: string };
  address: string;
  firewall: { id: string; name: string; body: Record<string, any> };
  key: { id: number; name: string; publicKey: string };
  record: { id: string; name: string };
  /** What a change keeps for its mending. */
  state?: Buffer;
  lock?: string;
  /** Environment of what the operator runs. */
  env?: Record<string, string>;
}

export interface Row {
  /** Where and what, in a few words. */
  what: string;
  /** Does it. */
  change(drill: Seeded, things: Things): Promise<unknown>;
  /** What the preview or the update must say. HOST and the like are the declaration's words. */
  says: RegExp[];
  ends: End;
  /** Makes it as it was, where the update does not: what was told, done by a person. */
  mend?(drill: Seeded, things: Things): Promise<unknown>;
  /** The change itself takes the forge down. */
  interrupts?: true;
  /** The machine or its address is another one afterwards, because that was asked for or cannot be otherwise. */
  renews?: true;
  /** Data that was acknowledged in the last seconds before may be lost, as far as the objective goes. */
  wipes?: true;
}

const ending =
  (ends: End) =>
  (what: string, change: Row['change'], says: RegExp | RegExp[], more: Partial<Row> = {}): Row => ({
    what,
    change,
    says: [says].flat(),
    ends,
    ...more,
  });

/** A row of each end. */
export const putBack = ending('put back');
export const refused = ending('refused');
export const told = ending('told');
export const goesOn = ending('goes on');
