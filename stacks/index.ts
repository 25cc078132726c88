/** The declared stacks, by name. */
import { drill } from './drill';
import type { Declaration } from './schema';
import { throwaway } from './throwaway';
import { alpha, beta } from './timmy';

export const declarations: Record<string, Declaration> = { alpha, beta, drill };

/** The declaration of a stack: a declared one, or a throwaway by the form of its name. */
export const declarationNamed = (stack: string): Declaration | undefined => (Object.hasOwn(declarations, stack) ? declarations[stack] : throwaway(stack));

export type { Agent, Declaration, Host } from './schema';
