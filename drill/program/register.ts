/** Puts the project's own declarations in the place of the declared ones before the program looks for its stack. */
import { readFileSync } from 'node:fs';
import { declarations, type Declaration } from '../../stacks';
import { DECLARED } from './project';

// An engine runs a program in the folder of its project.
for (const declaration of JSON.parse(readFileSync(DECLARED, 'utf8')) as Declaration[])
  declarations[declaration.stack] = declaration;
