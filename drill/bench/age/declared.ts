/** The stack whose store grows old: the forge of a fleet on a host of its own. */
import { declarations, fleets, type Declaration } from '../../../stacks';
import { forgeStackOf } from '../../../stacks/model/fleet';
import { required } from '../../../stacks/model/required';
import { drilledHost } from '../../context';

export function declarationOf(): Declaration {
  const { backup, proof } = forgeStackOf(fleets[0]);
  const rehearsal = required(declarations[fleets[0].rehearsal], 'the declaration of the rehearsal');
  const host = drilledHost(rehearsal);
  return { ...rehearsal, hosts: [{ ...host, role: { ...host.role, services: ['gitea'] } }], agents: [], backup, proof };
}
