/** Stacks as a person has declared them anew. */
import { join } from 'node:path';
import type { Stack } from '../context';
import type { Declaration } from '../../stacks';
import { projectOf } from './project';

/** From now on these stacks are run with a changed declaration, by a project that is kept and removed with the state; the working copy stays as it is. */
export function redeclared<S extends Stack>(stacks: S[], change: (declaration: Declaration) => Declaration): S[] {
  const changed = stacks.map((stack) => ({ ...stack, declaration: change(stack.declaration) }));
  const projectDir = projectOf(
    join(stacks[0].workspace.stateDir, 'program'),
    changed.map(({ declaration }) => declaration),
  );
  return changed.map((stack) => ({ ...stack, stack: { ...stack.stack, projectDir } }));
}

/** A declaration whose only host is changed. */
export const withHost = (declaration: Declaration, host: Partial<Declaration['hosts'][number]>): Declaration => ({
  ...declaration,
  hosts: declaration.hosts.map((one) => ({ ...one, ...host })),
});
