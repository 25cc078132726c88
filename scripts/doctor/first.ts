/** The first update of a stack looks before it makes anything: afterwards what is wrong stands in the middle of it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../lib/errors';
import { backendDir } from '../lib/project';
import { projectName, stateFile } from '../lib/state';

/** Whether the backend knows a resource of the stack. */
export function hasState(stack: string, dir = backendDir()): boolean {
  const file = join(dir, stateFile(projectName(), stack));
  if (!existsSync(file)) return false;
  const { checkpoint } = JSON.parse(readFileSync(file, 'utf8')) as {
    checkpoint?: { latest?: { resources?: unknown[] } };
  };
  return (checkpoint?.latest?.resources ?? []).length > 0;
}

/** Throws, with everything that is wrong, where the stack has nothing yet. */
export async function refuseUnfit(stack: string): Promise<void> {
  if (hasState(stack)) return;
  const { doctorTable, examine, wrongOf } = await import('./doctor');
  const findings = await examine(stack, true);
  const wrong = wrongOf(findings);
  if (wrong.length)
    throw new UserError(
      `Stack ${stack} was not begun, and nothing was made:\n${doctorTable(wrong)}`,
      `Fix this and run the same command again; fleet doctor --stack ${stack} looks at all of it.`,
    );
}
