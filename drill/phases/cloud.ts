/** Starts the cloud that the drill runs on. */
import { ensureTools } from '../tools';
import type { Drill } from '../context';

export async function cloud(drill: Drill): Promise<void> {
  await ensureTools(['git'], (note) => drill.progress.waiting(note));
  drill.cloud = await drill.provider.start(drill);
}
