/** Writes what `fleet artifacts pin` found, and says what changes. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LOCKS } from '../../services/artifacts';
import type { Artifact } from '../../stacks/outside/artifact';
import type { Pin } from '../../stacks/outside/pins';
import { messageOf, UserError } from '../lib/errors';
import { read, type Found } from './pin';
import type { Get } from './web';

const PINS = 'stacks/outside/pinned.json';

export interface Pinning {
  /** Of the project. */
  folder: string;
  get: Get;
  /** YYYY-MM-DD */
  today: string;
  dryRun: boolean;
  say(line: string): void;
}

/** Pins the artifacts one after the other, each written as soon as it is known; returns how many could not be. */
export async function pinArtifacts(
  artifacts: Artifact[],
  { folder, get, today, dryRun, say }: Pinning,
): Promise<number> {
  let failed = 0;
  for (const artifact of artifacts) {
    const label = `${artifact.name} ${artifact.version}`;
    try {
      const found = await read(artifact, get, today);
      if (!found) say(`${label}: only a mirror has it; set fleet:artifactPins to its SHA-256 there`);
      else say(`${label}: ${changeOf(folder, found, dryRun)}`);
    } catch (error) {
      failed++;
      say(`${label}: ${messageOf(error)}${error instanceof UserError && error.hint ? ` ${error.hint}` : ''}`);
    }
  }
  return failed;
}

function changeOf(folder: string, { name, pin, lock }: Found, dryRun: boolean): string {
  if (lock !== undefined) return lockChange(join(folder, LOCKS, `${name}.txt`), lock, dryRun);
  const file = join(folder, PINS);
  const pins = JSON.parse(readFileSync(file, 'utf8')) as Record<string, Pin>;
  const before = pins[name];
  if (!pin) return 'nothing to pin';
  if (!dryRun) writeFileSync(file, `${JSON.stringify({ ...pins, [name]: pin }, null, 2)}\n`);
  if (before?.version === pin.version && before.pin === pin.pin) return `is still ${pin.pin} (${pin.source})`;
  return `${before ? `was ${before.pin} (${before.version})` : 'was not pinned'}, ${dryRun ? 'would become' : 'is now'} ${pin.pin} (${pin.source})`;
}

function lockChange(file: string, lock: string, dryRun: boolean): string {
  const lines = (text: string) => text.split('\n').filter((line) => line && !line.startsWith('#'));
  const before = existsSync(file) ? lines(readFileSync(file, 'utf8')) : [];
  const after = lines(lock);
  const [gone, come] = [before.filter((line) => !after.includes(line)), after.filter((line) => !before.includes(line))];
  if (!dryRun) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, lock);
  }
  if (!gone.length && !come.length) return `its lock is still the same (${after.length} files)`;
  const named = (found: string[]) => found.map((line) => line.split(' ')[0]).join(', ') || 'nothing';
  return `its lock ${dryRun ? 'would lose' : 'loses'} ${named(gone)} and ${dryRun ? 'would gain' : 'gains'} ${named(come)}`;
}
