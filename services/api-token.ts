/**
 * A token for work on the forge's API ("VPS Recovery Runbook", pre-recovery checklist: a token must be at hand; step 9: an issue is made
 * with it). The account and its token are made where they are missing; both come back with the forge and with this dataset.
 */
import type { Service } from './service';

const HOME = '/var/lib/api-token';

export const apiToken: Service = {
  plan: (context) => ({
    name: 'api-token',
    kind: 'api-token',
    description: 'Token for work on the forge’s API',
    critical: false,
    packages: ['jq'],
    artifacts: [],
    users: [{ name: 'api-token', home: HOME }],
    directories: [{ path: HOME, owner: 'api-token', group: 'api-token', mode: '0750' }],
    files: [],
    units: [{ name: 'api-token.service', content: unit, start: true }],
    ports: [],
    dataset: {
      owner: 'api-token',
      files: {
        paths: [HOME],
        exclude: [],
        settleSeconds: 5,
        intervalSeconds: Math.min(600, context.backup.filesIntervalSeconds),
      },
    },
    objectives: context.objectives.service,
    needs: { memoryMiB: 16, diskGiB: 1 },
    impact: 'Programs cannot work on the forge until they have a token again.',
    dependsOn: ['gitea'],
    health: { unit: 'api-token.service' },
    hooks: ['verify'],
  }),
};

const unit = `[Unit]
Description=Token for work on the forge's API
After=gitea.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/lib/fleet/services/api-token/ensure api-token

[Install]
WantedBy=multi-user.target
`;
