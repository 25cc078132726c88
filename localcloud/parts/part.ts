import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { toItsEnd } from '../interruption';
import { unmountUnder } from '../mounts';
import type { Paths } from '../paths';

export type Progress = (line: string) => void;

/** Something that the cloud needs and that takes a while to make. */
export interface Part {
  /** What a user reads while it is made. */
  title: string;
  /** File or folder in the cache that exists exactly when the part is complete. */
  target: string;
  /** It is compiled, which keeps all cores busy; what is only fetched comes before it. */
  isBuilt?: boolean;
  /** Makes the part in an empty work folder and returns the finished file or folder inside it. */
  make(work: string): Promise<string>;
}

/** Makes the part unless it is there. A killed run leaves only a work folder, which the next one throws away. */
export async function ensurePart({ build }: Paths, { title, target, make }: Part, progress: Progress): Promise<void> {
  if (existsSync(target)) return;
  progress(`${title} …`);
  const began = Date.now();
  const work = join(build, basename(target));
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  try {
    const made = await make(work);
    mkdirSync(dirname(target), { recursive: true });
    renameSync(made, target);
  } finally {
    // What builds a file system mounts things in it, and what was ended may have left them.
    await toItsEnd(() => unmountUnder(work));
    rmSync(work, { recursive: true, force: true });
  }
  progress(`${title}: done in ${Math.round((Date.now() - began) / 1000)} s`);
}

/** One after the other, what is only fetched first: a download that fails then costs no build. */
export async function ensureInTurn(paths: Paths, parts: Part[], progress: Progress): Promise<void> {
  for (const part of [...parts].sort((a, b) => Number(a.isBuilt ?? false) - Number(b.isBuilt ?? false)))
    await ensurePart(paths, part, progress);
}
