/** The generated declaration of N hosts like the drill's one, each with its forge, proxy and agent. */
import { declarations, fleets, type Declaration } from '../../../stacks';

const numbered = (name: string, n: number): string => `${name}-${String(n).padStart(3, '0')}`;

/** The declaration of N hosts. */
export function generated(stack: string, hosts: number): Declaration {
  const numbers = Array.from({ length: hosts }, (_, index) => index + 1);
  const drill = declarations[fleets[0].rehearsal];
  const [host] = drill.hosts;
  const [agent] = drill.agents;
  return {
    ...drill,
    stack,
    hosts: numbers.map((n) => ({ ...host, name: numbered('host', n), publicNames: [numbered('forge', n)] })),
    agents: numbers.map((n) => ({ ...agent, name: numbered(agent.name, n), homes: [numbered('host', n)] })),
  };
}
