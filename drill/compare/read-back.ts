/** The forge of a drill as it is now; what cannot be read at all is a failed check. */
import type { Seeded } from '../context';
import type { Facts } from '../seed/facts';
import { collect } from './collect';

export async function readBack({ forge, account, progress, record }: Seeded): Promise<Facts> {
  const { found, problems } = await collect(forge, account, (note) => progress.waiting(note));
  for (const problem of problems) record.check('reading back', false, problem);
  return found;
}
