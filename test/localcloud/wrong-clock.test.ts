/** The library that makes a host's clock wrong: the time of day is, and nothing that waits goes wrong by it. */
import { execFileSync } from 'child_process';
import { mkdtempSync, writeFileSync } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';

const SOURCE = join(__dirname, '../../localcloud/hosts/wrong-clock.c');
const HOUR = 3600;
let library: string;
let offsetFile: string;

beforeAll(() => {
  const work = mkdtempSync(join(tmpdir(), 'fleet-clock-'));
  [library, offsetFile] = [join(work, 'clock.so'), join(work, 'offset')];
  execFileSync('cc', ['-shared', '-fPIC', '-O2', `-DOFFSET_FILE="${offsetFile}"`, '-o', library, SOURCE, '-ldl']);
});

/** What a program prints whose clock is wrong by so many seconds. */
function seen(seconds: number, program: string): string {
  const offset = Buffer.alloc(8);
  offset.writeBigInt64LE(BigInt(seconds));
  writeFileSync(offsetFile, offset);
  return execFileSync('python3', ['-c', program], {
    env: { ...process.env, LD_PRELOAD: library },
    encoding: 'utf8',
  }).trim();
}

test.each([HOUR, -HOUR])('the time of day is wrong by %d s', (seconds) => {
  const wrongBy = Number(seen(seconds, 'import time; print(time.time())')) - Date.now() / 1000 - seconds;
  expect(Math.abs(wrongBy)).toBeLessThan(60);
});

/** As sd_event_add_time and time_change_fd of systemd do it. */
const TIMER = `
import ctypes, os, select, time
libc = ctypes.CDLL(None, use_errno=True)
timer = libc.timerfd_create(0, 0)
def until(seconds):
    spec = (ctypes.c_long * 4)(0, 0, seconds, 0)
    return libc.timerfd_settime(timer, 1 | 2, spec, None)
`;

test.each([HOUR, -HOUR])('a wait until the end of time begins, and one of a second ends, %d s off', (seconds) => {
  const program = `${TIMER}
print(until(2**63 - 1), until(int(time.time()) + 1), len(select.select([timer], [], [], 30)[0]))`;
  expect(seen(seconds, program)).toBe('0 0 1');
});
