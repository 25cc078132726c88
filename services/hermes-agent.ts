/**
 * One hermes agent: cloned from the forge, run under its own user, beating a heartbeat.
 * "Fleet Topology", section "Hosts"; "Emergency Procedures", appendix "RTO / RPO" (15 minutes each).
 * The documents run agents as root below /root/wizards; here each has a user and a home of its own.
 */
import type { Agent } from '../stacks';
import type { Context } from './context';
import type { ServicePlan, Unit } from './plan';
import { sourced } from './sourced';

/** Seconds between checkpoints: often enough that two can fail within the objective. */
export const checkpointSeconds = (rpoSeconds: number): number => Math.floor(rpoSeconds / 3);

/** Home of an agent, on whichever host. */
export const homeOf = (agent: string) => `/var/lib/wizards/${agent}`;

export function hermesAgent(agent: Agent, context: Context): ServicePlan {
  const home = homeOf(agent.name);
  const plan = sourced(
    { ...context, refs: { [`hermes-${agent.name}`]: agent.source.ref } },
    {
      name: `hermes-${agent.name}`,
      kind: 'hermes-agent',
      description: `Hermes agent ${agent.name}`,
      repository: agent.source.repository,
      home,
      environment: {
        HERMES_NAME: agent.name,
        HERMES_HOME: home,
        WORK_TREES: agent.workTrees
          .map(({ repository, directory }) => `${directory}=${context.forgeUrl}/${repository}.git`)
          .join(' '),
      },
      // The heartbeat is only worth something while it is fresh.
      exclude: ['heartbeat.json'],
      units: checkpoint(agent.name, home, context.objectives.agent.rpoSeconds),
      objectives: context.objectives.agent,
      needs: { memoryMiB: 512, diskGiB: 4 },
    },
  );
  return { ...plan, movable: true };
}

/** "Fleet Topology", "Redundancy Status": agent homes are checkpointed to git. */
function checkpoint(agent: string, home: string, rpoSeconds: number): Unit[] {
  const unit = `hermes-${agent}-checkpoint`;
  return [
    {
      name: `${unit}.service`,
      start: false,
      content: `[Unit]
Description=Checkpoint of agent ${agent}

[Service]
Type=oneshot
User=hermes-${agent}
Group=hermes-${agent}
EnvironmentFile=/etc/fleet/environment/hermes-${agent}.env
ExecStart=/usr/local/lib/fleet/services/hermes-agent/checkpoint
TimeoutStartSec=300
NoNewPrivileges=true
ProtectSystem=strict
ReadWritePaths=${home}
`,
    },
    {
      name: `${unit}.timer`,
      start: true,
      content: `[Unit]
Description=Checkpoints of agent ${agent}

[Timer]
OnActiveSec=5
OnUnitInactiveSec=${checkpointSeconds(rpoSeconds)}

[Install]
WantedBy=timers.target
`,
    },
  ];
}
