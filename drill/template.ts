/** The settings that a throwaway stack begins with: the plain ones of the project's file. What a CLI may have written into that file besides, a salt or a secret of another passphrase, is not taken over. */
import { plainConfig } from '../scripts/lib/plain-config';
import type { StackFile } from '../scripts/lib/stack-file';

const isSecret = (value: unknown): boolean => typeof value === 'object' && value !== null && 'secure' in value;

export function takeTemplate(template: string, file: StackFile): void {
  for (const [key, value] of Object.entries(plainConfig(template))) if (!isSecret(value)) file.setPlain(key, value);
}
