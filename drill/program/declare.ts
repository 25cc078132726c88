/** Stacks as a person has declared them anew. */
import { join } from 'node:path';
import type { Stack } from '../context';
import type { Declaration } from '../../stacks';
import { projectOf } from './project';

/**
 * From now on this stack is run with a changed declaration, by a project that is kept and removed with the state; the working copy stays as it
 * is. The stacks beside it are changed alike in that project.
 */
export function redeclared<S extends Stack>(
  stack: S,
  change: (declaration: Declaration) => Declaration,
  beside: Stack[] = [],
): S {
  const declaration = change(stack.declaration);
  const others = beside.map((other) => change(other.declaration));
  const projectDir = projectOf(join(stack.workspace.stateDir, 'program'), [declaration, ...others]);
  return { ...stack, declaration, stack: { ...stack.stack, projectDir } };
}

/** A declaration whose only host is changed. */
export const withHost = (declaration: Declaration, host: Partial<Declaration['hosts'][number]>): Declaration => ({
  ...declaration,
  hosts: declaration.hosts.map((one) => ({ ...one, ...host })),
});
