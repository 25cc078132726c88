import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../commands';
import { CloudError } from '../errors';
import { OFFSET_FILE } from '../parts/wrong-clock';

const LIBRARY = '/usr/local/lib/fleetcloud-clock.so';
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
  const offset = Buffer.alloc(8);
  offset.writeBigInt64LE(BigInt(seconds));
  // In place: programs that run with the library have this file mapped.
  writeFileSync(join(root, OFFSET_FILE), offset, {
    flag: existsSync(join(root, OFFSET_FILE)) ? 'r+' : 'w',
    mode: 0o644,
  });
  if (seconds === 0) {
    rmSync(join(root, PRELOAD), { force: true });
  } else {
    if (!existsSync(join(root, LIBRARY))) copyFileSync(await library(), join(root, LIBRARY));
    writeFileSync(join(root, PRELOAD), `${LIBRARY}\n`);
  }
  const seen = await offsetIn(root);
  if (Math.abs(seen - seconds) > 2)
    throw new CloudError(`The clock of the host is wrong by ${seen} s instead of ${seconds} s.`);
}

/** Which programs see the clock that `setClock` set; for reports. */
export const CLOCK_REACH = {
  wrong:
    'programs started since then that use the C library: shells, date, python3, curl, jq, git, sshd sessions, services that systemd starts anew',
  right:
    'programs that ran before (systemd itself among them), Go programs (gitea, litestream, rclone, caddy, restic, age), times of files as the kernel writes them',
} as const;
