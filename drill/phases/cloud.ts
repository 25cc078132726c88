/** Starts the cloud that the drill runs on, or a clone of one that was saved in a folder, and ends it with the drill. */
import { rmSync } from 'node:fs';
import type { CloudAccess } from '../clouds/cloud';
import type { Drill, OnCloud } from '../context';
import { ensureTools } from '../tools';

export async function cloud<D extends Drill>(drill: D, from?: string): Promise<D & OnCloud> {
  await ensureTools(['git'], (note) => drill.progress.waiting(note));
  await drill.provider.claim(drill);
  drill.ends.defer(() => end(drill));
  const started: CloudAccess = await drill.provider.start(drill, from);
  return { ...drill, cloud: started };
}

async function end({ options, progress, provider, record, signal, workspace }: Drill): Promise<void> {
  if (options.keep && !signal.aborted) return progress.say('  kept; end it with: fleet cloud stop');
  progress.say(`  ${provider.does.end}`);
  const ended = await provider.end((line) => progress.say(line));
  record.checks.push(ended);
  // Without its state a stack that is still there could only be found by its marks.
  if (ended.ok) rmSync(workspace.stateDir, { recursive: true, force: true });
}
