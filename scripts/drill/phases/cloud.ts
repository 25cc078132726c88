/** Starts the embedded cloud; what a killed drill left of it goes first. */
import { requireRootOnLinux } from '../../lib/machine';
import { UserError } from '../../lib/errors';
import { ensureTools } from '../tools';
import type { Drill } from '../context';

export async function cloud(drill: Drill): Promise<void> {
  requireRootOnLinux('fleet drill');
  await ensureTools(['git'], (note) => drill.progress.waiting(note));
  const { cloudStatus, startCloud, stopCloud } = await import('../../../localcloud/index');
  const running = await cloudStatus();
  if (running && !drill.workspace.interruptedBefore) {
    throw new UserError(`An embedded cloud is already running (process ${running.pid}), and a drill needs one of its own.`, 'Stop it with: fleet cloud stop');
  }
  if (running) {
    drill.progress.say('  stopping the cloud of a drill that was killed');
    await stopCloud();
  }
  drill.cloudTried = true;
  const starting = startCloud({ progress: (line) => drill.progress.waiting(line) });
  drill.inFlight = starting.catch(() => undefined);
  drill.cloud = await starting;
}
