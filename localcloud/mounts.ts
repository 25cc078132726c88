import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { run } from './commands';

/** Mount points at or below a folder, innermost first. */
export function mountsUnder(dir: string): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) =>
      (line.split(' ')[1] ?? '').replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((point) => point === dir || point.startsWith(`${dir}/`))
    .reverse();
}

export const isMounted = (dir: string) => mountsUnder(dir).includes(dir);

/** Takes away whatever is mounted at or below a folder. A disk image's loop device goes with its mount. */
export async function unmountUnder(dir: string): Promise<void> {
  for (const point of mountsUnder(dir)) await run('umount', [point]);
}

/**
 * Makes mounts below a folder come and go for every process that saw it as shared. Without that a host that boots keeps
 * the disks of all others in its own view, and none of them could be taken away or mounted again before that host ends.
 */
export async function shareMounts(dir: string): Promise<void> {
  mkdirSync(dir, { recursive: true });
  if (isMounted(dir)) return;
  await run('mount', ['--bind', dir, dir]);
  await run('mount', ['--make-shared', dir]);
}

/** Lays `upper` over `lowers` (the uppermost first); only `upper` is ever written to. */
export async function mountOverlay(
  at: string,
  { lowers, upper, work }: { lowers: string[]; upper: string; work: string },
): Promise<void> {
  for (const dir of [at, upper, work]) mkdirSync(dir, { recursive: true });
  await run('mount', [
    '-t',
    'overlay',
    'fleetcloud',
    '-o',
    `lowerdir=${lowers.join(':')},upperdir=${upper},workdir=${work}`,
    at,
  ]);
}

/** Files below a folder that a loop device still holds. */
export function loopFilesUnder(dir: string): string[] {
  return readdirSync('/sys/block')
    .filter((name) => name.startsWith('loop'))
    .flatMap((name) => {
      try {
        const file = readFileSync(`/sys/block/${name}/loop/backing_file`, 'utf8').trim();
        return file.startsWith(`${dir}/`) ? [file] : [];
      } catch {
        return []; // not attached
      }
    });
}
