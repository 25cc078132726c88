/**
 * The forge. "VPS Recovery Runbook", step 4: data under /var/lib/gitea, user gitea; "Fleet Topology", section
 * "Cross-Host Communication": agents on the same host reach it at localhost:3000, everyone else through HTTPS.
 */
import { gitea as artifact } from './artifacts';
import type { Context } from './context';
import type { ServicePlan } from './plan';
import type { Service } from './service';

const HOME = '/var/lib/gitea';
const DATA = `${HOME}/data`;
/** Where the bare repositories are, as `<owner>/<name>.git`. */
export const REPOSITORIES = `${DATA}/gitea-repositories`;
/**
 * Gitea opens SQLite with one shared cache. There a writer never waits for another process, and every checkpoint of the
 * replication answered requests with "database is locked". This setting ends the connection string, and the last `cache` wins.
 */
const JOURNAL = '`WAL&cache=private`';
const OWNED = { owner: 'gitea', group: 'gitea', mode: '0750' };

function plan(context: Context): ServicePlan {
  return {
    name: 'gitea',
    kind: 'gitea',
    description: 'Forge: repositories, issues, LFS, attachments',
    critical: true,
    packages: ['git'],
    artifacts: [artifact],
    users: [{ name: 'gitea', home: HOME, shell: '/bin/bash' }],
    directories: [
      { path: '/etc/gitea', owner: 'root', group: 'gitea', mode: '0750' },
      ...['', '/custom', '/data', '/home', '/data/gitea-repositories', '/data/lfs', '/data/attachments'].map((sub) => ({
        path: `${HOME}${sub}`,
        ...OWNED,
      })),
      { path: '/etc/fleet/secrets', owner: 'root', group: 'root', mode: '0700' },
    ],
    files: [
      { path: '/etc/gitea/app.ini', owner: 'root', group: 'gitea', mode: '0640', content: appIni(context) },
      {
        path: '/etc/fleet/secrets/gitea-admin.json',
        owner: 'root',
        group: 'root',
        mode: '0600',
        content: `${JSON.stringify({ ...context.forgeAdmin, password: '{{secret:giteaAdminPassword}}' })}\n`,
      },
    ],
    units: [{ name: 'gitea.service', content: unit, start: true }],
    ports: [{ port: 3000, protocol: 'tcp', scope: 'loopback', purpose: 'HTTP behind the reverse proxy' }],
    dataset: {
      owner: 'gitea',
      database: { path: `${DATA}/gitea.db` },
      repositories: { root: REPOSITORIES },
      files: {
        paths: [`${HOME}/custom`, `${DATA}`, '/etc/gitea/app.ini'],
        // The database and the repositories have ways of their own; the rest is made again by Gitea itself.
        exclude: [
          ...[
            'gitea.db',
            'gitea.db-wal',
            'gitea.db-shm',
            '.gitea.db-litestream',
            'gitea-repositories',
            'indexers',
            'queues',
            'sessions',
            'tmp',
            'log',
          ].map((name) => `${DATA}/${name}`),
        ],
        settleSeconds: 1,
        intervalSeconds: context.backup.filesIntervalSeconds,
      },
    },
    objectives: context.objectives.forge,
    needs: { memoryMiB: 1024, diskGiB: 40 },
    dependsOn: [],
    health: { url: 'http://127.0.0.1:3000/api/healthz', unit: 'gitea.service' },
    hooks: ['bootstrap', 'reconcile', 'verify', 'transaction'],
  };
}

export const gitea: Service = {
  plan,
  secrets: [
    {
      key: 'giteaSecretKey',
      purpose: "Gitea's SECRET_KEY, without which its database cannot be read",
      generate: 'token',
    },
    { key: 'giteaInternalToken', purpose: "Gitea's INTERNAL_TOKEN", generate: 'token' },
    { key: 'giteaJwtSecret', purpose: "Gitea's OAuth2 JWT secret", generate: 'token' },
    { key: 'giteaLfsJwtSecret', purpose: "Gitea's LFS JWT secret", generate: 'token' },
    { key: 'giteaAdminPassword', purpose: 'first password of the forge administrator', generate: 'token' },
  ],
};

/** Gitea's configuration; what is not named keeps Gitea's default. */
function appIni(context: Context): string {
  const domain = context.publicNames[0];
  return `APP_NAME = ${context.forge.title}
RUN_USER = gitea
RUN_MODE = prod
WORK_PATH = ${HOME}

[server]
PROTOCOL = http
HTTP_ADDR = 127.0.0.1
HTTP_PORT = 3000
DOMAIN = ${domain}
ROOT_URL = https://${domain}/
STATIC_ROOT_PATH = /usr/local/share/gitea
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = true
LFS_JWT_SECRET = {{secret:giteaLfsJwtSecret}}

[database]
DB_TYPE = sqlite3
PATH = ${DATA}/gitea.db
SQLITE_JOURNAL_MODE = ${JOURNAL}
SQLITE_TIMEOUT = 5000

[repository]
ROOT = ${REPOSITORIES}

[lfs]
PATH = ${DATA}/lfs

[attachment]
PATH = ${DATA}/attachments

[git]
HOME_PATH = ${HOME}/home

[git.config]
gc.auto = 0
init.templateDir = /var/lib/fleet/git-template

[indexer]
ISSUE_INDEXER_TYPE = db

[security]
INSTALL_LOCK = true
SECRET_KEY = {{secret:giteaSecretKey}}
INTERNAL_TOKEN = {{secret:giteaInternalToken}}

[oauth2]
JWT_SECRET = {{secret:giteaJwtSecret}}

[webhook]
ALLOWED_HOST_LIST = external,*.${context.zone}

[service]
DISABLE_REGISTRATION = true

[log]
MODE = console
LEVEL = Info

[cron.update_checker]
ENABLED = false
`;
}

const unit = `[Unit]
Description=Gitea
After=network.target

[Service]
User=gitea
Group=gitea
WorkingDirectory=${HOME}
Environment=HOME=${HOME}/home GITEA_WORK_DIR=${HOME}
# Each push starts Gitea three times as a git hook. These live too short to collect garbage in; the server does so at the limit.
Environment=GOGC=1000 GOMEMLIMIT=512MiB
ExecStart=/usr/local/bin/gitea web --config /etc/gitea/app.ini
Restart=on-failure
RestartSec=2
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=full
ProtectHome=true

[Install]
WantedBy=multi-user.target
`;
