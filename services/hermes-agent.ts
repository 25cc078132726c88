/**
 * One hermes agent: cloned from the forge, run under its own user, beating a heartbeat.
 * "Fleet Topology", section "Hosts"; "Emergency Procedures", appendix "RTO / RPO" (15 minutes each).
 * The documents run agents as root below /root/wizards; here each has a user and a home of its own.
 */
import type { Agent } from '../stacks';
import type { Context } from './context';
import type { ServicePlan } from './plan';

export function hermesAgent(agent: Agent, context: Context): ServicePlan {
  const name = `hermes-${agent.name}`;
  const home = `/var/lib/wizards/${agent.name}`;
  const onForge = context.forgeUrl.startsWith('http://127.0.0.1');
  return {
    name,
    kind: 'hermes-agent',
    description: `Agent ${agent.name}`,
    critical: false,
    packages: ['git', 'python3'],
    artifacts: [],
    users: [{ name, home }],
    directories: [{ path: home, owner: name, group: name, mode: '0750' }],
    files: [
      {
        path: `/etc/fleet/agents/${agent.name}.env`,
        owner: 'root',
        group: name,
        mode: '0640',
        content: `HERMES_NAME=${agent.name}\nHERMES_HOME=${home}\nHERMES_SOURCE=${context.forgeUrl}/${agent.source.repository}.git\nHERMES_REF=${agent.source.ref}\n`,
      },
    ],
    units: [{ name: `${name}.service`, content: unit(name, agent.name, home, onForge), start: true }],
    ports: [],
    dataset: {
      owner: name,
      // The checkout comes from the forge, the heartbeat is only worth something while it is fresh.
      files: { paths: [home], exclude: [`${home}/agent`, `${home}/agent.new`, `${home}/heartbeat.json`], settleSeconds: 60, intervalSeconds: Math.min(600, context.backup.filesIntervalSeconds) },
    },
    objectives: context.objectives.agent,
    dependsOn: onForge ? ['gitea'] : [],
    health: { unit: `${name}.service` },
    hooks: ['verify'],
  };
}

const unit = (user: string, agent: string, home: string, onForge: boolean) => `[Unit]
Description=Hermes agent ${agent}
After=network.target${onForge ? ' gitea.service' : ''}
StartLimitIntervalSec=0

[Service]
User=${user}
Group=${user}
EnvironmentFile=/etc/fleet/agents/${agent}.env
WorkingDirectory=${home}
ExecStart=/usr/local/lib/fleet/services/hermes-agent/run
Restart=always
RestartSec=5
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ReadWritePaths=${home}

[Install]
WantedBy=multi-user.target
`;
