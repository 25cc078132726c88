/** Which machines must be no primary any more before another one is. */
import { tagOf } from '../droplet-tag';
import { twinOf } from '../machines';
import type { DigitalOceanApi, ListedDroplet } from './apis';

export interface FormerArgs {
  api: Pick<DigitalOceanApi, 'dropletsTagged' | 'dropletBehind'>;
  stack: string;
  host: string;
  /** Machine that is about to be the primary, and the one whose droplets must not be any more: itself, where it is made anew. */
  primary: string;
  fences: string;
  reservedIp: string;
}

/**
 * Droplets that must be fenced: those of the machine that was the primary, and whichever of the host's two the public address leads to. A
 * value that was lowered, or a standby that was taken out of the settings, must not leave a primary beside the new one.
 */
export async function formerPrimaries({ api, stack, host, primary, fences, reservedIp }: FormerArgs): Promise<ListedDroplet[]> {
  const [own, twin] = await Promise.all([host, twinOf(host)].map((machine) => api.dropletsTagged(tagOf(stack, machine))));
  const [former, other] = fences === host ? [own, twin] : [twin, own];
  if (fences !== primary || other.length === 0) return former;
  const holder = await api.dropletBehind(reservedIp);
  return [...former, ...other.filter(({ id }) => id === holder)];
}
