/** Which stacks of the fleet a drill makes, and which of them lose their hosts. */
import { rehearsalName } from '../stacks/model/rehearsal';
import { EXIT, UserError } from '../scripts/lib/errors';

export const FLEET_STACKS = ['alpha', 'beta'] as const;
export type FleetStack = (typeof FLEET_STACKS)[number];

export interface Scope {
  /** The stack with the forge, which others are cloned from. */
  forge: string;
  /** A stack beside it, made once the forge holds what it runs from. */
  beside?: string;
  /** Stacks whose hosts die at the same moment, in the order in which they are rebuilt. */
  loses: string[];
  /** As the command line and the report name it. */
  asked: { stack?: FleetStack; all?: FleetStack };
}

/** What was asked for; undefined for the usual drill of the forge alone. `all` names the stack that is rebuilt first. */
export function scopeOf(asked: Scope['asked']): Scope | undefined {
  const [alpha, beta] = FLEET_STACKS.map(rehearsalName);
  if (asked.stack && asked.all)
    throw new UserError('--all loses every stack; leave --stack out.', undefined, EXIT.usage);
  if (asked.all)
    return {
      asked: { all: asked.all },
      forge: alpha,
      beside: beta,
      loses: asked.all === 'alpha' ? [alpha, beta] : [beta, alpha],
    };
  if (asked.stack === 'alpha') return { asked: { stack: 'alpha' }, forge: alpha, loses: [alpha] };
  // The testbed is cloned from a forge that is not on it and lives on.
  if (asked.stack === 'beta') return { asked: { stack: 'beta' }, forge: 'drill', beside: beta, loses: [beta] };
  return undefined;
}
