/** Rules about agents: exactly one home each, on a host that takes them, and an alarm before their objective is over. */
import type { Declaration } from '../schema';
import type { Problem } from '../validate';

/** How often the beats are looked at, in seconds. */
export const LOOK_SECONDS = 60;

export function agentRules(declaration: Declaration): Problem[] {
  return [...homes(declaration), ...noticedInTime(declaration)];
}

function homes(declaration: Declaration): Problem[] {
  return declaration.agents.flatMap((agent, index) => {
    const path = `agents[${index}].homes`;
    if (agent.homes.length !== 1) {
      return [
        {
          path,
          message: `agent ${agent.name} has ${agent.homes.length} homes; give it exactly one, so that it is never active twice`,
        },
      ];
    }
    return declaration.hosts.flatMap((host) => {
      const allowed = host.role.agents;
      const here = agent.homes.includes(host.name);
      return here && allowed !== 'any' && (allowed === 'none' || !allowed.includes(agent.name))
        ? [{ path, message: `role ${host.role.name} does not allow agent ${agent.name} on ${host.name}` }]
        : [];
    });
  });
}

/** An agent that must be back in 15 minutes cannot be missed for longer than that. */
function noticedInTime(declaration: Declaration): Problem[] {
  const { beatSeconds, alarmAfterBeats } = declaration.health;
  const noticed = beatSeconds * alarmAfterBeats + LOOK_SECONDS;
  const limit = declaration.objectives.agent.rtoRestartSeconds;
  return noticed < limit
    ? []
    : [
        {
          path: 'health.beatSeconds',
          message: `a dead agent is noticed after ${noticed} s, but must be back after ${limit} s; beat more often or tell after fewer missed beats`,
        },
      ];
}
