/** The plain settings that a stack's file holds. */
import { NAMESPACE, settingsSchema, type Settings } from '../../stacks/settings';
import { UserError } from './errors';
import type { StackFile } from './stack-file';

/** The plain settings of a stack file; everything that is missing or wrong is one error. */
export function settingsOf(file: StackFile): Settings {
  const keys = Object.keys(settingsSchema.shape);
  const parsed = settingsSchema.safeParse(Object.fromEntries(keys.filter((key) => file.has(`${NAMESPACE}:${key}`)).map((key) => [key, file.get(`${NAMESPACE}:${key}`)])));
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `${NAMESPACE}:${issue.path.join('.')}: ${issue.message}`);
  throw new UserError(`The settings of the stack are not complete: ${wrong.join('; ')}.`, 'Set them in the stack file, or with fleet init --set.');
}
