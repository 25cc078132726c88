/**
 * Every repository of the forge once more in a second place ("Fleet Topology", "Redundancy Status", "Proposed"): branches and tags are
 * pushed there a minute after they change. For reading and working on while the forge is away; a rebuild does not need it.
 * Switched on by `repository-mirror` in a host's extraServices, the setting `mirror` and the secret `mirrorToken`.
 */
import type { Context } from './context';
import { REPOSITORIES } from './gitea';
import type { Service } from './service';

const NAME = 'repository-mirror';
const STATE = `/var/lib/${NAME}`;
/** After this many seconds what changed begins to be pushed. */
export const PUSH_SECONDS = 60;
const SCRIPTS = `/usr/local/lib/fleet/services/${NAME}`;

export const repositoryMirror: Service = {
  plan: (context) => ({
    name: NAME,
    kind: NAME,
    description: 'Mirror of all repositories in a second place',
    critical: false,
    packages: ['git', 'jq'],
    artifacts: [],
    users: [],
    // What was pushed is remembered, so that a run with nothing new asks nobody; after a rebuild everything is looked at once.
    directories: [{ path: STATE, owner: 'gitea', group: 'gitea', mode: '0750' }],
    files: [
      {
        path: `/etc/fleet/environment/${NAME}.env`,
        owner: 'root',
        group: 'gitea',
        mode: '0640',
        content: environment(context),
      },
    ],
    units: [
      { name: `${NAME}.service`, content: service, start: false },
      { name: `${NAME}.timer`, content: timer, start: true },
    ],
    ports: [],
    objectives: {
      rtoRestartSeconds: context.objectives.service.rtoRestartSeconds,
      rtoRebuildSeconds: context.objectives.service.rtoRebuildSeconds,
    },
    needs: { memoryMiB: 256, diskGiB: 1 },
    impact: 'The second place grows old.',
    dependsOn: ['gitea'],
    health: { unit: `${NAME}.timer` },
    hooks: ['verify'],
  }),
  secrets: [
    {
      key: 'mirrorToken',
      purpose: 'token that may push to the second place of the repositories',
      generate: 'ask',
      optional: true,
    },
  ],
};

const environment = ({ mirror }: Context): string =>
  Object.entries({
    MIRROR_ROOT: REPOSITORIES,
    MIRROR_STATE: STATE,
    MIRROR_URL: mirror?.url ?? '',
    MIRROR_USER: mirror?.user ?? '',
    MIRROR_CREATE: mirror?.create ?? '',
    MIRROR_TOKEN: '{{secret:mirrorToken}}',
  })
    .map(([variable, value]) => `${variable}=${value}\n`)
    .join('');

const service = `[Unit]
Description=Brings the second place of the repositories up to date
After=gitea.service

[Service]
Type=oneshot
User=gitea
Group=gitea
EnvironmentFile=/etc/fleet/environment/${NAME}.env
ExecStart=${SCRIPTS}/push
TimeoutStartSec=1h
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ReadWritePaths=${STATE}
`;

const timer = `[Unit]
Description=Pushes what changed in the repositories to their second place

[Timer]
OnActiveSec=${PUSH_SECONDS}
OnUnitInactiveSec=${PUSH_SECONDS}
AccuracySec=1

[Install]
WantedBy=timers.target
`;
