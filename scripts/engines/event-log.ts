/** What an engine does, written down as it happens, for whoever follows a run from outside. */
import { appendFileSync, writeFileSync } from 'node:fs';
import type { EngineEvent } from './engine';

/** Begins the file anew; without one, nothing is written. Each line is whole before the next step begins. */
export function eventLog(file: string | undefined): (event: EngineEvent) => void {
  if (file === undefined) return () => undefined;
  writeFileSync(file, '', { mode: 0o600 });
  return (event) => appendFileSync(file, `${JSON.stringify(event)}\n`);
}
