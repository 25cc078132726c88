/** The program as a person has changed it: what is declared is code, so a change of it is a line of a file. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../scripts/lib/project';
import { membersOf, need, type Drill } from '../context';

/** What the engine runs, and what that runs. */
const PROGRAM = [
  'index.ts',
  'Pulumi.yaml',
  'package.json',
  'tsconfig.json',
  'tsconfig.program.json',
  'components',
  'services',
  'stacks',
  'scripts',
  'host',
];

export interface Line {
  /** Relative to the project. */
  file: string;
  from: string;
  to: string;
}

/** Changes a line in a folder with the program; one that is not there exactly once is an error, because the change would be another one. */
export function changeLine(folder: string, { file, from, to }: Line): void {
  const path = join(folder, file);
  const parts = readFileSync(path, 'utf8').split(from);
  if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times what was to be changed: ${from}`);
  writeFileSync(path, parts.join(to));
}

/** From now on the drill's stacks are run from a copy of the program with these lines changed; the working copy stays as it is. */
export function changeProgram(drill: Drill, ...lines: Line[]): void {
  // Kept and removed with the state, which it belongs to.
  const folder = join(drill.workspace.stateDir, 'program');
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    for (const part of PROGRAM) cpSync(join(projectDir, part), join(folder, part), { recursive: true });
    symlinkSync(join(projectDir, 'node_modules'), join(folder, 'node_modules'));
  }
  for (const line of lines) changeLine(folder, line);
  drill.program = folder;
  for (const member of membersOf(drill)) member.stack = { ...need(member.stack, 'the stack'), projectDir: folder };
}
