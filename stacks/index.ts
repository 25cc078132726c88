/** The declared stacks, by name. */
import { drill } from './drill';
import { rehearsalOf } from './rehearsal';
import type { Declaration } from './schema';
import { throwaway } from './throwaway';
import { alpha, beta } from './timmy';

const all: Declaration[] = [alpha, beta, drill, rehearsalOf(alpha), rehearsalOf(beta)];

export const declarations: Record<string, Declaration> = Object.fromEntries(all.map((declaration) => [declaration.stack, declaration]));

/** The declaration of a stack: a declared one, or a throwaway by the form of its name. */
export const declarationNamed = (stack: string): Declaration | undefined => (Object.hasOwn(declarations, stack) ? declarations[stack] : throwaway(stack));

export type { Agent, Declaration, Host, Lane, Model } from './schema';
