/** The settings that a stack's file holds, as the program reads them. */
import { secretsOfStack } from '../../services/secrets';
import type { Declaration } from '../../stacks';
import { readSettings, type ReadSettings } from '../../stacks/model/read-settings';
import type { Settings } from '../../stacks/model/settings';
import { listOf } from '../../stacks/model/validate';
import { UserError } from './errors';
import type { StackFile } from './stack-file';

/** What the file holds, and everything that is missing or wrong. */
export const readFile = (file: StackFile, declaration: Declaration): ReadSettings =>
  readSettings(declaration, secretsOfStack(declaration), file.written());

/** The plain settings; everything that is missing or wrong is one error. */
export function settingsOf(file: StackFile, declaration: Declaration): Settings {
  const { settings, problems } = readFile(file, declaration);
  if (settings && !problems.length) return settings;
  throw new UserError(
    `The settings of stack ${declaration.stack}: ${listOf(problems)}`,
    'Fix this and run the same command again.',
  );
}
