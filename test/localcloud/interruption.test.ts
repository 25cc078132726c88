/** Builds that are interrupted: with real trees of processes. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../localcloud/commands';
import { interruptible, toItsEnd } from '../../localcloud/interruption';
import { ensurePart } from '../../localcloud/parts/part';
import { paths } from '../../localcloud/paths';
import { startTime } from '../../localcloud/processes';
import { waitFor } from '../../localcloud/wait';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'interruption-'))));

/**
 * As builds are: a child, a child of its own that ignores a polite end, one in a session of its own, and one whose parent is gone.
 * Each writes its pid down.
 */
const TREE = `
note() { echo "$1" >>"$PIDS"; }
note $$
sleep 600 & note $!
bash -c 'trap "" TERM; echo $$ >>"$PIDS"; while :; do sleep 600; done' &
setsid bash -c 'echo $$ >>"$PIDS"; sleep 600' &
(sleep 600 & note $!)
wait
`;
const pidsFile = () => join(dir, 'pids');
const pids = () => (existsSync(pidsFile()) ? readFileSync(pidsFile(), 'utf8').trim().split('\n').map(Number) : []);
const alive = () => pids().filter((pid) => startTime(pid) !== undefined);
const started = () => waitFor(() => pids().length === 5, { what: 'The start of the tree', timeoutMs: 30_000 });
const build = () => run('bash', ['-c', TREE], { env: { ...process.env, PIDS: pidsFile() }, timeoutMs: 600_000 });

test('an interrupted program ends with everything that it started', async () => {
  const abort = new AbortController();
  const running = interruptible(abort.signal, build);
  running.catch(() => undefined);
  await started();
  abort.abort();
  await expect(running).rejects.toThrow(/^bash -c was interrupted/);
  expect(alive()).toEqual([]);
});

test('so does one that takes longer than it may, as far as it can be seen whose it is; what is out of sight is not waited for', async () => {
  const running = run('bash', ['-c', TREE], { env: { ...process.env, PIDS: pidsFile() }, timeoutMs: 3000 });
  await expect(running).rejects.toThrow(/^bash -c took too long/);
  const left = alive();
  for (const pid of left) process.kill(pid, 'SIGKILL');
  expect(left.length).toBeLessThanOrEqual(1);
});

test('a part whose making is interrupted leaves nothing half-made, and is begun anew by the next run', async () => {
  const abort = new AbortController();
  const cache = paths(dir);
  const part = { title: 'Building', target: join(dir, 'artifacts/thing'), make: async () => (await build(), 'never') };
  const making = interruptible(abort.signal, () => ensurePart(cache, part, () => undefined));
  making.catch(() => undefined);
  await started();
  abort.abort();
  await expect(making).rejects.toThrow('interrupted');
  expect([existsSync(part.target), existsSync(join(cache.build, 'thing'))]).toEqual([false, false]);
  await ensurePart(
    cache,
    { ...part, make: async (work) => (await run('touch', [join(work, 'made')]), join(work, 'made')) },
    () => undefined,
  );
  expect(existsSync(part.target)).toBe(true);
});

test('after an interruption nothing more is begun, and what must not be cut off is not', async () => {
  const abort = new AbortController();
  await interruptible(abort.signal, async () => {
    const whole = toItsEnd(() => run('bash', ['-c', `sleep 0.5; echo done >${dir}/done`]));
    abort.abort();
    await whole;
    expect(readFileSync(join(dir, 'done'), 'utf8')).toBe('done\n');
    await expect(run('touch', [join(dir, 'more')])).rejects.toThrow('not begun');
  });
  expect(existsSync(join(dir, 'more'))).toBe(false);
});

test('whoever leaves at once takes the build along', async () => {
  const program = `
    const { run } = require('${join(__dirname, '../../localcloud/commands')}');
    const { interruptible } = require('${join(__dirname, '../../localcloud/interruption')}');
    process.on('SIGINT', () => process.exit(130));
    interruptible(new AbortController().signal, () => run('bash', ['-c', process.env.TREE], { timeoutMs: 600_000 }));
  `;
  const child = spawn(process.execPath, ['--require', 'tsx/cjs', '-e', program], {
    stdio: 'ignore',
    env: { ...process.env, TREE, PIDS: pidsFile() },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await started();
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  await waitFor(() => alive().length === 0, { what: 'The end of the tree', timeoutMs: 10_000 });
});
