/** The declared stacks, by name. */
import { drill } from './drill';
import type { Declaration } from './schema';
import { alpha, beta } from './timmy';

export const declarations: Record<string, Declaration> = { alpha, beta, drill };

export type { Agent, Declaration, Host } from './schema';
