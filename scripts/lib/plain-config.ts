import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The settings of a stack file by their whole keys, as they stand there: secrets stay sealed. None where there is no file. */
export function plainConfig(configFile: string): Record<string, unknown> {
  if (!existsSync(configFile)) return {};
  return (parse(readFileSync(configFile, 'utf8')) as { config?: Record<string, unknown> } | null)?.config ?? {};
}
