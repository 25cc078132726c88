/**
 * Whether agents and services live: a beat of each into `<name>.json` ("VPS Recovery Runbook", step 9, check 3) and a daily log, and an
 * alarm for the first one that is missed. `<fleet>-agent` beats, `<fleet>-health` looks.
 */
import { LOOK_SECONDS } from '../stacks/model/rules/agents';
import type { Service } from './service';

const HOME = '/var/lib/fleet-health';

export const fleetHealth: Service = {
  plan: (context) => ({
    name: 'fleet-health',
    kind: 'fleet-health',
    description: 'Heartbeats of agents and services',
    critical: false,
    packages: ['git', 'python3'],
    artifacts: [],
    users: [{ name: 'fleet-health', home: HOME }],
    directories: [
      { path: HOME, owner: 'fleet-health', group: 'fleet-health', mode: '0755' },
      { path: `${HOME}/logs`, owner: 'fleet-health', group: 'fleet-health', mode: '0755' },
    ],
    files: [
      {
        path: '/etc/fleet/health.json',
        owner: 'root',
        group: 'root',
        mode: '0644',
        content: `${JSON.stringify({ home: HOME, host: context.host.name, ...context.health, checkpointSeconds: context.objectives.agent.rpoSeconds, logDays: 7 })}\n`,
      },
    ],
    units: [
      { name: `${context.fleet}-agent.service`, content: oneshot('Beat of agents and services', 'beat'), start: false },
      {
        name: `${context.fleet}-agent.timer`,
        content: every('Beat of agents and services', context.health.beatSeconds),
        start: true,
      },
      { name: `${context.fleet}-health.service`, content: oneshot('Looks for missed beats', 'look'), start: false },
      {
        name: `${context.fleet}-health.timer`,
        content: every('Looks for missed beats', Math.min(LOOK_SECONDS, context.health.beatSeconds)),
        start: true,
      },
    ],
    ports: [],
    dataset: {
      owner: 'fleet-health',
      files: {
        paths: [HOME],
        exclude: [],
        settleSeconds: 60,
        intervalSeconds: Math.min(600, context.backup.filesIntervalSeconds),
      },
    },
    objectives: context.objectives.agent,
    needs: { memoryMiB: 64, diskGiB: 1 },
    impact: 'A dead agent is not noticed on this host; the watcher outside still notices a dead host.',
    dependsOn: [],
    health: { unit: `${context.fleet}-agent.timer` },
    hooks: ['reconcile', 'verify'],
  }),
};

const oneshot = (description: string, script: string) => `[Unit]
Description=${description}

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 /usr/local/lib/fleet/services/fleet-health/${script}.py
TimeoutStartSec=60
`;

const every = (description: string, seconds: number) => `[Unit]
Description=${description}, every ${seconds} s

[Timer]
OnActiveSec=1
OnUnitInactiveSec=${seconds}
AccuracySec=1

[Install]
WantedBy=timers.target
`;
