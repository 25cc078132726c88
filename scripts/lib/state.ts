/** Where both engines keep the state of a stack. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectDir } from './project';

/** Name of the project in a folder. */
export const projectName = (dir = projectDir): string =>
  (parse(readFileSync(join(dir, 'Pulumi.yaml'), 'utf8')) as { name: string }).name;

/** Path of the state below the directory of a `file://` backend. */
export const stateFile = (project: string, stack: string): string => `.pulumi/stacks/${project}/${stack}.json`;
