/**
 * The runner that executes the forge's Actions ("Fleet Topology", "Why Two Hosts?": beta is dedicated to CI). Without containers: the
 * testbed has no Docker. It registers once with a token of the forge; what it is registered as is its dataset.
 */
import { actionsRunner as artifact } from './artifacts';
import type { Service } from './service';

const HOME = '/var/lib/actions-runner';

export const actionsRunner: Service = {
  plan: (context) => ({
    name: 'actions-runner',
    kind: 'actions-runner',
    description: 'Runner of the forge’s Actions',
    critical: false,
    packages: ['git', 'nodejs'],
    artifacts: [artifact],
    users: [{ name: 'actions-runner', home: HOME, shell: '/bin/bash' }],
    directories: [{ path: HOME, owner: 'actions-runner', group: 'actions-runner', mode: '0750' }],
    files: [
      {
        path: '/etc/fleet/environment/actions-runner.env',
        owner: 'root',
        group: 'actions-runner',
        mode: '0640',
        content: `FORGE_URL=${context.forgeUrl}\nRUNNER_NAME=${context.host.name}\nRUNNER_TOKEN={{secret:runnerRegistrationToken}}\n`,
      },
      {
        path: '/etc/fleet/actions-runner.yaml',
        owner: 'root',
        group: 'actions-runner',
        mode: '0640',
        // JSON is YAML.
        content: `${JSON.stringify({ log: { level: 'info' }, runner: { file: `${HOME}/.runner`, capacity: 1, timeout: '1h', labels: [`${context.host.role.name}:host`] }, cache: { enabled: false } })}\n`,
      },
    ],
    units: [{ name: 'actions-runner.service', content: unit, start: true }],
    ports: [],
    dataset: {
      owner: 'actions-runner',
      files: {
        paths: [HOME],
        exclude: [`${HOME}/.cache`],
        settleSeconds: 5,
        intervalSeconds: Math.min(600, context.backup.filesIntervalSeconds),
      },
    },
    objectives: context.objectives.service,
    needs: { memoryMiB: 1024, diskGiB: 10 },
    impact: 'Nothing is built until it is back; jobs wait.',
    dependsOn: [],
    health: { unit: 'actions-runner.service' },
    hooks: ['verify'],
    disposable: [`${HOME}/.cache`],
  }),
  secrets: [
    {
      key: 'runnerRegistrationToken',
      purpose: 'token the forge gives a new runner; the runner waits without it',
      generate: 'ask',
      optional: true,
    },
  ],
};

const unit = `[Unit]
Description=Runner of the forge's Actions
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
User=actions-runner
Group=actions-runner
EnvironmentFile=/etc/fleet/environment/actions-runner.env
WorkingDirectory=${HOME}
ExecStart=/usr/local/lib/fleet/services/actions-runner/run
Restart=always
RestartSec=10
MemoryMax=1024M
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ReadWritePaths=${HOME}

[Install]
WantedBy=multi-user.target
`;
