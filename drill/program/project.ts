/** A throwaway project: the unmodified program over declarations that are given as data. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../../scripts/lib/project';
import type { Declaration } from '../../stacks';

/** The declarations that stand in for the declared ones, below the project. */
export const DECLARED = 'declarations.json';

/** What a project is run by, and what the program reads below its own folder. */
const LINKS = {
  'index.ts': 'drill/program/index.ts',
  ...Object.fromEntries(
    ['Pulumi.yaml', 'tsconfig.json', 'tsconfig.program.json', 'node_modules', 'components', 'host'].map((name) => [
      name,
      name,
    ]),
  ),
};

/** Makes the project, or gives the one that is there other declarations; returns its folder. */
export function projectOf(folder: string, declared: Declaration[]): string {
  if (!existsSync(folder)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"name":"fleet-throwaway","private":true,"main":"index.ts"}\n');
    for (const [name, target] of Object.entries(LINKS)) symlinkSync(join(projectDir, target), join(folder, name));
  }
  writeFileSync(join(folder, DECLARED), JSON.stringify(declared));
  return folder;
}
