/** What a probe found: one line of the table. */
import { sentenceOf } from '../lib/errors';

export interface Finding {
  /** What was looked at, such as `the store`. */
  topic: string;
  /** Which assumption about it. */
  what: string;
  /** What was found. */
  detail: string;
  /** What to do about it; only where the assumption does not hold. */
  todo?: string;
}

export type Found = Omit<Finding, 'topic'>;

export const holds = (what: string, detail: string): Found => ({ what, detail });
export const fails = (what: string, detail: string, todo: string): Found => ({ what, detail, todo });

/** One assumption, tried: `act` returns what was seen and throws where it does not hold. */
export async function tried(what: string, todo: string, act: () => Promise<string>): Promise<Found> {
  try {
    return holds(what, await act());
  } catch (error) {
    return fails(what, sentenceOf(error), todo);
  }
}
