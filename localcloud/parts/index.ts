import { existsSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Paths } from '../paths';
import { gitea, giteaAssets, goCaches, pebble, versitygw } from './go';
import { image, imagePath } from './image';
import { ensureInTurn, type Progress } from './part';
import { ensureTools } from './tools';
import { wheels } from './wheels';

export { wrongClockLibrary } from './wrong-clock';
export { imagePath } from './image';
export { pebbleBinary, versitygwBinary } from './go';
export type { Progress } from './part';

/** What a host's disk is laid over, the topmost first. */
export const imageLayers = (paths: Paths): string[] => [giteaAssets(paths), imagePath(paths)];

/** Makes everything that the cloud needs and that the cache lacks. Nobody else may build meanwhile: the caller holds the lock. */
export async function ensureParts(paths: Paths, progress: Progress): Promise<void> {
  const compiled = [pebble(paths), versitygw(paths), gitea(paths)];
  const others = [image(paths), ...wheels(paths)];
  const building = [...compiled, ...others].some(({ target }) => !existsSync(target));
  await ensureTools(progress, building);
  // The compiler keeps all cores busy by itself, the others mostly wait for downloads.
  const ended = await Promise.allSettled([
    ensureInTurn(paths, compiled, progress),
    ensureInTurn(paths, others, progress),
  ]);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  for (const cache of goCaches(paths)) rmSync(cache, { recursive: true, force: true });
  pruneImages(paths);
}

/** Images of older recipes; none is in use, because this runs before the cloud starts. */
function pruneImages(paths: Paths): void {
  for (const name of readdirSync(paths.images)) {
    if (name !== basename(imagePath(paths))) rmSync(join(paths.images, name), { recursive: true, force: true });
  }
}
