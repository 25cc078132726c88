/**
 * A service that runs from a repository of the forge: checked out at its ref under its own user, started by its `run.py`.
 * A bundle of the checkout is kept with its data, so that a host can start before the forge does.
 */
import type { Context } from './context';
import type { Health, Objectives, Port, ServicePlan, Site, Unit } from './plan';

/** Where the shared scripts of sourced services are on a host. */
const SCRIPTS = '/usr/local/lib/fleet/services/sourced';

/** Where the token for work on the forge's API is; its group may read it. */
export const TOKEN_FILE = '/var/lib/api-token/token';

/** What bringing a checkout up to date may take, however little the program itself needs. */
const GIT_MIB = 256;

/** Seconds after a change until the files of a sourced service are backed up. */
const SETTLE_SECONDS = 60;

export interface Sourced {
  name: string;
  /** Folder of the service's own hooks; without it the shared ones do. */
  kind?: string;
  description: string;
  impact?: string;
  /** File of the repository that is started; a Python program unless it ends in `.sh`. */
  entry?: string;
  /** Others may read what is below the home. */
  readable?: boolean;
  /** Name of its user, its home and its unit, where it is not the service's. */
  deployed?: string;
  home?: string;
  /** `owner/name`; without it the organisation's of the deployed name. */
  repository?: string;
  packages?: string[];
  /** Loopback port that it answers on, with the path that tells that it works. */
  http?: { port: number; path: string; purpose: string };
  /** Public name that leads to that port. */
  label?: string;
  /** Further ports, as the plan lists them. */
  ports?: Port[];
  /** Run to completion at these times (systemd calendar) instead of all the time. */
  calendar?: string;
  environment?: Record<string, string>;
  /** Secret settings that the program gets as environment variables; it is not started while one is empty. */
  secretEnvironment?: Record<string, string>;
  /** It works on the forge through its API, with the fleet's token. */
  usesToken?: boolean;
  /** SQLite database below the home that is shipped continuously. */
  database?: string;
  /** Further paths below the home that are not worth keeping. */
  exclude?: string[];
  dependsOn?: string[];
  /** Further units. */
  units?: Unit[];
  objectives?: Objectives;
  needs: ServicePlan['needs'];
  hooks?: ServicePlan['hooks'];
}

/** The fleet's own repository of a kind, such as its metrics. */
export const ownRepository = ({ forge, fleet }: Context, kind: string): string =>
  `${forge.organization}/${fleet}-${kind}`;

/** The plan of a sourced service. */
export function sourced(context: Context, service: Sourced): ServicePlan {
  const { name } = service;
  const user = service.deployed ?? name;
  const home = service.home ?? `/var/lib/${user}`;
  const repository = service.repository ?? `${context.forge.organization}/${user}`;
  const ref = context.refs[name] ?? 'main';
  const environment = {
    SOURCE_NAME: name,
    SOURCE_HOME: home,
    SOURCE_URL: `${context.forgeUrl}/${repository}.git`,
    SOURCE_REF: ref,
    ...(service.entry ? { SOURCE_ENTRY: service.entry } : {}),
    ...(service.calendar ? { SOURCE_ONCE: 'yes' } : {}),
    ...(service.http ? { PORT: String(service.http.port) } : {}),
    ...(service.usesToken ? { FORGE_URL: context.forgeUrl, FORGE_TOKEN_FILE: TOKEN_FILE } : {}),
    ...service.environment,
    ...(service.secretEnvironment ? { SOURCE_REQUIRED: Object.keys(service.secretEnvironment).join(' ') } : {}),
    ...Object.fromEntries(
      Object.entries(service.secretEnvironment ?? {}).map(([variable, secret]) => [variable, `{{secret:${secret}}}`]),
    ),
  };
  const units = [
    { name: `${user}.service`, content: serviceUnit(context, service, { user, home }), start: !service.calendar },
    ...(service.calendar
      ? [{ name: `${user}.timer`, content: timerUnit(service.description, service.calendar), start: true }]
      : []),
  ];
  const main: Health = { unit: service.calendar ? `${user}.timer` : `${user}.service` };
  const site: Site | undefined =
    service.label && service.http ? { label: service.label, port: service.http.port } : undefined;
  const database = service.database ? `${home}/${service.database}` : undefined;
  return {
    name,
    kind: service.kind ?? 'sourced',
    description: service.description,
    critical: false,
    packages: [...new Set(['git', ...(service.packages ?? [])])].sort(),
    artifacts: [],
    users: [{ name: user, home }],
    directories: [{ path: home, owner: user, group: user, mode: service.readable ? '0755' : '0750' }],
    files: [
      {
        path: `/etc/fleet/environment/${name}.env`,
        owner: 'root',
        group: user,
        mode: '0640',
        content: Object.entries(environment)
          .map(([variable, value]) => `${variable}=${value}\n`)
          .join(''),
      },
    ],
    units: [...units, ...(service.units ?? [])],
    ports: [
      ...(service.http
        ? [
            {
              port: service.http.port,
              protocol: 'tcp' as const,
              scope: 'loopback' as const,
              purpose: service.http.purpose,
            },
          ]
        : []),
      ...(service.ports ?? []),
    ],
    dataset: {
      owner: user,
      ...(database ? { database: { path: database } } : {}),
      files: {
        paths: [home],
        exclude: [
          `${home}/source`,
          `${home}/source.new`,
          ...(database ? [database, `${database}-wal`, `${database}-shm`] : []),
          ...(service.exclude ?? []).map((path) => `${home}/${path}`),
        ],
        settleSeconds: SETTLE_SECONDS,
        intervalSeconds: Math.min(600, context.backup.filesIntervalSeconds),
      },
    },
    objectives: service.objectives ?? context.objectives.service,
    needs: service.needs,
    ...(service.impact ? { impact: service.impact } : {}),
    source: { repository, ref },
    ...(site ? { site } : {}),
    dependsOn: [
      ...(context.forgeIsHere ? ['gitea'] : []),
      ...(service.usesToken ? ['api-token'] : []),
      ...(service.dependsOn ?? []),
    ],
    health: {
      ...main,
      ...(service.http ? { sourcedUrl: `http://127.0.0.1:${service.http.port}${service.http.path}` } : {}),
    },
    hooks: service.hooks ?? [...(database ? (['bootstrap'] as const) : []), 'verify'],
  };
}

function serviceUnit(context: Context, service: Sourced, owner: { user: string; home: string }): string {
  const once = service.calendar !== undefined;
  return `[Unit]
Description=${service.description}
After=network.target${context.forgeIsHere ? ' gitea.service' : ''}
${once ? '' : 'StartLimitIntervalSec=0\n'}
[Service]
${once ? 'Type=oneshot\nTimeoutStartSec=10min\n' : 'Restart=always\nRestartSec=5\n'}User=${owner.user}
Group=${owner.user}
${service.usesToken ? 'SupplementaryGroups=api-token\n' : ''}EnvironmentFile=/etc/fleet/environment/${service.name}.env
WorkingDirectory=${owner.home}
ExecStart=${SCRIPTS}/run
MemoryMax=${Math.max(GIT_MIB, service.needs.memoryMiB)}M
NoNewPrivileges=true
PrivateTmp=true
ProtectSystem=strict
ReadWritePaths=${owner.home}
${once ? '' : '\n[Install]\nWantedBy=multi-user.target\n'}`;
}

/** A timer that makes up for a time at which the host was down. */
export const timerUnit = (description: string, calendar: string) => `[Unit]
Description=${description}, at its times

[Timer]
OnCalendar=${calendar}
Persistent=true

[Install]
WantedBy=timers.target
`;
