/** Which stacks of a fleet a drill makes, and which of them lose their hosts. */
import { fleets } from '../stacks';
import { forgeStackOf } from '../stacks/model/fleet';
import { rehearsalName } from '../stacks/model/rehearsal';
import { EXIT, UserError } from '../scripts/lib/errors';

/** Declared stacks that a drill can rehearse. */
export const DECLARED = fleets.flatMap(({ stacks }) => stacks.map(({ stack }) => stack));

export interface Scope {
  /** The stack with the forge, which others are cloned from. */
  forge: string;
  /** A stack beside it, made once the forge holds what it runs from. */
  beside?: string;
  /** Stacks whose hosts die at the same moment, in the order in which they are rebuilt. */
  loses: string[];
  /** As the command line and the report name it. */
  asked: { stack?: string; all?: string };
}

/** What was asked for; undefined for the usual drill of the forge alone. `all` names the stack that is rebuilt first. */
export function scopeOf(asked: Scope['asked']): Scope | undefined {
  const { stack, all } = asked;
  if (stack && all) throw new UserError('--all loses every stack; leave --stack out.', undefined, EXIT.usage);
  const fleet = fleets.find(({ stacks }) => stacks.some((one) => one.stack === (stack ?? all)));
  if (!fleet) return undefined;
  const forge = forgeStackOf(fleet).stack;
  if (all)
    return {
      asked,
      ...everyStack(
        forge,
        fleet.stacks.map((one) => one.stack),
        all,
      ),
    };
  const lost = rehearsalName(stack ?? '');
  // What is cloned from a forge that is not on it rises beside one that lives on.
  return stack === forge
    ? { asked, forge: lost, loses: [lost] }
    : { asked, forge: fleet.rehearsal, beside: lost, loses: [lost] };
}

function everyStack(forge: string, stacks: string[], first: string): Omit<Scope, 'asked'> {
  const [beside, ...more] = stacks.filter((stack) => stack !== forge);
  if (!beside || more.length)
    throw new UserError(
      `--all rehearses a fleet of two stacks; that of ${first} has ${stacks.length}.`,
      undefined,
      EXIT.usage,
    );
  return {
    forge: rehearsalName(forge),
    beside: rehearsalName(beside),
    loses: [first, ...stacks.filter((stack) => stack !== first)].map(rehearsalName),
  };
}
