/** A lock on the stack: of a run that lives, of another machine, and of one that was killed. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { projectDir } from '../../scripts/lib/project';
import type { Seeded } from '../context';
import { required } from '../../stacks/model/required';
import type { Fault } from './fault';
import { expectRefusal } from './refusal';
import { loseAndRecover } from './steps';

export const lockLeft: Fault = {
  kind: 'lock-left',
  title: 'a killed run left its lock: cleared only once its holder is provably gone',
  ends: 'recovers',
  run: (drill) => loseAndRecover(drill, { before: refusedWhileHeld }),
};

async function refusedWhileHeld(drill: Seeded): Promise<void> {
  // The dead host is to be known to the state first, so that a refused run has nothing of its own to note there.
  await drill.engine.refresh(drill.stack, { signal: drill.signal });

  const elsewhere = lock(drill, { pid: 1, hostname: 'another-machine' });
  await expectRefusal(drill, { why: 'lock of another machine', says: [/locked by .*another-machine/, /remove /] });
  rmSync(elsewhere);

  const holder = spawn('sleep', ['600'], { stdio: 'ignore' });
  const gone = once(holder, 'exit');
  const held = lock(drill, { pid: required(holder.pid, 'the holder'), hostname: hostname() });
  try {
    await expectRefusal(drill, {
      why: 'lock of a run that lives',
      says: [new RegExp(`locked by .*process ${holder.pid}`), /remove /],
    });
    drill.record.check('the lock of a run that lives is left alone', existsSync(held), held);
  } finally {
    holder.kill('SIGKILL');
    await gone;
  }
  // From here on its holder is provably gone; the rebuild that follows must clear it and go on.
}

const project = (): string => (parse(readFileSync(join(projectDir, 'Pulumi.yaml'), 'utf8')) as { name: string }).name;

/** Where both engines keep the state. */
export function stateFile(drill: Seeded): string {
  const { stack, backendDir } = drill.stack;
  return join(backendDir, '.pulumi', 'stacks', project(), `${stack}.json`);
}

/** Writes a lock as both engines do, and returns its file. */
export function lock(drill: Seeded, holder: { pid: number; hostname: string }): string {
  const { stack, backendDir } = drill.stack;
  const dir = join(backendDir, '.pulumi', 'locks', 'organization', project(), stack);
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${randomUUID()}.json`);
  writeFileSync(
    file,
    JSON.stringify({ ...holder, username: userInfo().username, timestamp: new Date().toISOString() }),
    { mode: 0o600 },
  );
  return file;
}
