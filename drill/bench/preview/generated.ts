/** The generated declaration of N hosts like the drill's one, each with its forge, proxy and agent. */
import { declarations, fleets, type Declaration } from '../../../stacks';
import { required } from '../../../stacks/model/required';
import { drilledHost } from '../../context';

const numbered = (name: string, n: number): string => `${name}-${String(n).padStart(3, '0')}`;

/** The declaration of N hosts. */
export function generated(stack: string, hosts: number): Declaration {
  const numbers = Array.from({ length: hosts }, (_, index) => index + 1);
  const drill = required(declarations[fleets[0].rehearsal], 'the declaration of the rehearsal');
  const host = drilledHost(drill);
  const agent = required(drill.agents[0], 'an agent in it');
  return {
    ...drill,
    stack,
    hosts: numbers.map((n) => ({ ...host, name: numbered('host', n), publicNames: [numbered('forge', n)] })),
    agents: numbers.map((n) => ({ ...agent, name: numbered(agent.name, n), homes: [numbered('host', n)] })),
  };
}
