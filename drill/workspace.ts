/** The drill's folder, its lock, and what an earlier run left behind. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../scripts/lib/errors';
import { projectDir } from '../scripts/lib/project';
import { startTicks } from '../components/process';

export interface Workspace {
  /** drills/<time> */
  dir: string;
  /** Everything in it goes when the drill ends. */
  workDir: string;
  stateDir: string;
  /** The settings of a stack, named after it as whoever reads them asks for. */
  configFileOf: (stack: string) => string;
  log: (line: string) => void;
  /** Whether an earlier drill of this folder ended without cleaning up. */
  interruptedBefore: boolean;
  release(): void;
}

/** Where the drills of this machine are written down. */
export const drillsDir = (): string => process.env.FLEET_DRILLS_DIR ?? join(projectDir, 'drills');

/** Claims the machine for one drill and makes its folder. A drill that is still running is an error. */
export function openWorkspace(startedAt: Date): Workspace {
  const root = drillsDir();
  mkdirSync(root, { recursive: true });
  const lock = join(root, '.running');
  const interruptedBefore = takeLock(lock);
  sweep(root);
  const dir = join(root, startedAt.toISOString().replace(/[:.]/g, '-'));
  const workDir = join(dir, 'work');
  const stateDir = join(dir, 'state');
  for (const made of [workDir, stateDir]) mkdirSync(made, { recursive: true, mode: 0o700 });
  const log = join(dir, 'drill.log');
  return {
    dir,
    workDir,
    stateDir,
    configFileOf: (stack) => join(dir, `Pulumi.${stack}.yaml`),
    log: (line) => appendFileSync(log, `${line}\n`),
    interruptedBefore,
    release: () => {
      rmSync(workDir, { recursive: true, force: true });
      rmSync(lock, { force: true });
    },
  };
}

/** Points drills/latest at a finished drill. */
export function markLatest(dir: string): void {
  const link = join(dir, '..', 'latest');
  const next = `${link}.new`;
  rmSync(next, { force: true });
  symlinkSync(dir.split('/').pop() ?? dir, next);
  renameSync(next, link);
}

/** Returns whether a drill that is gone held the lock. */
function takeLock(lock: string): boolean {
  let stale = false;
  if (existsSync(lock)) {
    const [pid, ticks] = readFileSync(lock, 'utf8').split(' ');
    if (startTicks(Number(pid)) === ticks && ticks !== undefined) {
      throw new UserError(
        `A drill is already running (process ${pid}).`,
        'One machine runs one drill at a time; wait for it, or end it with Ctrl-C.',
      );
    }
    stale = true;
    rmSync(lock, { force: true });
  }
  writeFileSync(lock, `${process.pid} ${startTicks(process.pid)}`, { flag: 'wx' });
  return stale;
}

/** Working folders of drills that were killed. */
function sweep(root: string): void {
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (entry.isDirectory()) rmSync(join(root, entry.name, 'work'), { recursive: true, force: true });
  }
}
