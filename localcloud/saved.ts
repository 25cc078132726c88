import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { run } from './commands';
import { settingsPath } from './daemon/settings';
import { CloudError } from './errors';
import { readJson, writeJson } from './files';
import { HostDisk } from './hosts/disk';
import type { SavedHost } from './hosts/driver';
import { mountOverlay, unmountUnder } from './mounts';
import { imageLayers, imagePath } from './parts';
import type { Paths } from './paths';
import type { Settings } from './daemon/settings';

/** Raised when clouds that were saved before cannot be gone on with. */
const VERSION = 2;

/** What a saved cloud says of itself. Beside it lie its settings, the state of its APIs, its store and its hosts' disks. */
interface SavedCloud {
  version: typeof VERSION;
  /** The image below the hosts' disks: without it they mean nothing. */
  image: string;
  hosts: SavedHost[];
}

const files = (dir: string) => ({
  about: join(dir, 'saved.json'),
  settings: join(dir, 'settings.json'),
  apiState: join(dir, 'api.json'),
  store: join(dir, 'store'),
  disk: (id: number) => join(dir, 'hosts', `${id}.img`),
});

/** Whether a folder holds a cloud that can be cloned: one that was saved whole, over the image that hosts boot today. */
export function isSaved(dir: string, paths: Paths): boolean {
  const about = readJson<SavedCloud>(files(dir).about);
  return about?.version === VERSION && about.image === basename(imagePath(paths));
}

/** Moves a cloud that was shut down to a folder that does not exist yet. A killed save leaves none. */
export async function keep(paths: Paths, hosts: SavedHost[], dir: string): Promise<void> {
  // A rename does not cross mounts.
  await unmountUnder(paths.run);
  const part = `${dir}.part`;
  rmSync(part, { recursive: true, force: true });
  const to = files(part);
  mkdirSync(dirname(to.disk(0)), { recursive: true, mode: 0o700 });
  // `mv` also goes from one file system to another.
  for (const { id } of hosts)
    await run('mv', [new HostDisk(join(paths.hosts, String(id)), imageLayers(paths)).file, to.disk(id)], {
      timeoutMs: 10 * 60_000,
    });
  await run('mv', [paths.store, to.store], { timeoutMs: 10 * 60_000 });
  copyFileSync(settingsPath(paths), to.settings);
  copyFileSync(paths.apiState, to.apiState);
  writeJson(to.about, { version: VERSION, image: basename(imagePath(paths)), hosts } satisfies SavedCloud);
  await run('mv', ['--no-target-directory', part, dir]);
}

/** Lays out a clone of a saved cloud in an empty run folder: the daemon then finds a cloud to go on with, whose hosts have to boot. */
export async function layOutClone(paths: Paths, from: string): Promise<void> {
  const saved = files(from);
  const about = readJson<SavedCloud>(saved.about);
  const settings = readJson<Settings>(saved.settings);
  if (!about || !settings || !existsSync(saved.store)) throw new CloudError(`There is no saved cloud in ${from}.`);
  if (!isSaved(from, paths))
    throw new CloudError(
      `The cloud saved in ${from} lies over another image of Debian (${about.image}); remove it and save one anew.`,
    );
  writeJson(settingsPath(paths), { ...settings, from } satisfies Settings);
  copyFileSync(saved.apiState, paths.apiState);
  for (const { wasOn, ...host } of about.hosts)
    writeJson(join(paths.hosts, String(host.id), 'host.json'), {
      ...host,
      savedDisk: saved.disk(host.id),
      boots: wasOn,
    });
  await mountOverlay(paths.store, {
    lowers: [saved.store],
    upper: join(paths.run, 'store-layer'),
    work: join(paths.run, 'store-work'),
  });
}
