/** Who changes a stack, and whether a process that said so can still do it. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { hasEnded } from './process';
import type { Holder } from './store/lease';

/** This process. */
export const thisHolder = (): Holder => ({
  who: `${userInfo().username}@${hostname()}`,
  pid: process.pid,
  place: placeOfPids(),
  since: new Date().toISOString(),
});

/** Whether a holder cannot live any more: its process was one of this machine, and is none now. A doubt keeps it. */
export const isGone = ({ pid, place, since }: Holder): boolean =>
  place !== undefined && place === placeOfPids() && hasEnded(pid, since);

/** Names of machines repeat, and containers share them; a boot and a namespace of processes do not. Linux only. */
function placeOfPids(): string | undefined {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}
