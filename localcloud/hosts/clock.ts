import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../commands';
import { CloudError } from '../errors';

const LIBRARY = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
const PRELOAD = '/etc/ld.so.preload';

/** How far the time that a program of the system in `root` sees is from this machine's, in seconds. */
async function offsetIn(root: string): Promise<number> {
  const before = Date.now() / 1000;
  return Math.round(Number(await run('chroot', [root, 'date', '+%s.%N'])) - before);
}

/**
 * Sets the clock of a running host wrong by so many seconds; 0 sets it right. All hosts share the kernel's clock, so the
 * lie is told by a library that is loaded into every program that starts from now on.
 */
export async function setClock(root: string, seconds: number, library: () => Promise<string>): Promise<void> {
  // Read again by programs that run with the library already.
  writeFileSync(join(root, 'etc/faketimerc'), `${seconds < 0 ? '' : '+'}${seconds}\n`);
  if (seconds === 0) {
    rmSync(join(root, PRELOAD), { force: true });
  } else {
    mkdirSync(join(root, dirname(LIBRARY)), { recursive: true });
    copyFileSync(await library(), join(root, LIBRARY));
    writeFileSync(join(root, PRELOAD), `${LIBRARY}\n`);
  }
  const offset = await offsetIn(root);
  if (Math.abs(offset - seconds) > 2) throw new CloudError(`The clock of the host is wrong by ${offset} s instead of ${seconds} s.`);
}

/** Which programs see the clock that `setClock` set; for reports. */
export const CLOCK_REACH = {
  wrong: 'programs started since then that use the C library: shells, date, python3, curl, jq, git, sshd sessions, services that systemd starts anew',
  right: 'programs that ran before (systemd itself among them), Go programs (gitea, litestream, rclone, caddy, restic, age), times of files as the kernel writes them',
} as const;
