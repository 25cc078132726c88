/** The declared stacks, by name. */
import { drill } from './drill';
import { proofOf, provenStack } from './model/proof';
import { rehearsalOf } from './model/rehearsal';
import type { Declaration } from './model/schema';
import { throwaway } from './model/throwaway';
import { alpha, beta } from './timmy';

const all: Declaration[] = [alpha, beta, drill, rehearsalOf(alpha), rehearsalOf(beta)];

export const declarations: Record<string, Declaration> = Object.fromEntries(
  all.map((declaration) => [declaration.stack, declaration]),
);

/** The declaration of a stack: a declared one, or by the form of its name the proof of a declared one, or a throwaway. */
export function declarationNamed(stack: string): Declaration | undefined {
  if (Object.hasOwn(declarations, stack)) return declarations[stack];
  const proven = provenStack(stack);
  return proven !== undefined && Object.hasOwn(declarations, proven) ? proofOf(declarations[proven]) : throwaway(stack);
}

export type { Agent, Declaration, Host, Lane, Model } from './model/schema';
