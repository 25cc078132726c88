/**
 * The store of other stacks' backups: versitygw on its first site, run by the unit that a person would install (ops/store), and on its second site a
 * copy of its folders, which follows by itself and believes nothing. Both sites know each other by one key that reads and does nothing else.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostPublicKey } from '../stacks/model/settings';
import { required } from '../stacks/model/required';
import { versitygw } from './artifacts';
import type { Context } from './context';
import type { PlannedFile, ServicePlan, Unit } from './plan';
import type { Service } from './service';

export const STORE_USER = 'fleet-store';
/** Everything that a store keeps; the unit's StateDirectory. */
export const STORE_STATE = '/var/lib/fleet-store';
/** Home of the user, which the user cannot change. */
const HOME = '/etc/fleet-store';
export const STORE_SCRIPTS = '/usr/local/lib/fleet/services/store';
/** Where versitygw listens on loopback. */
export const STORE_PORT = 7070;
const UNIT = readFileSync(join(__dirname, '../ops/store/fleet-store.service'), 'utf8');

/** What either site has: the folder, the user that owns it, and the key by which the other site reads it. */
function common(context: Context, name: string): ServicePlan {
  return {
    name,
    kind: 'store',
    description: '',
    critical: true,
    packages: ['attr', 'rsync'],
    artifacts: [],
    // A forced command is run by a shell.
    users: [{ name: STORE_USER, home: HOME, shell: '/bin/sh' }],
    directories: [
      { path: STORE_STATE, owner: STORE_USER, group: STORE_USER, mode: '0700' },
      { path: HOME, owner: 'root', group: STORE_USER, mode: '0750' },
      { path: `${HOME}/.ssh`, owner: 'root', group: STORE_USER, mode: '0750' },
    ],
    files: access(context),
    units: [],
    ports: [],
    objectives: context.objectives.service,
    needs: { memoryMiB: 512, diskGiB: 60 },
    dependsOn: [],
    health: { unit: '' },
    hooks: ['verify'],
  };
}

export const store: Service = {
  plan: (context) => {
    const both = common(context, 'store');
    return {
      ...both,
      description: 'Object store of backups',
      artifacts: [versitygw],
      files: [...both.files, environment(siteOf(context))],
      units: [{ name: 'fleet-store.service', content: UNIT, start: true }, ...scrub(siteOf(context))],
      ports: [{ port: STORE_PORT, protocol: 'tcp', scope: 'loopback', purpose: 'S3 behind the reverse proxy' }],
      impact:
        'Nothing is backed up, and nothing can be restored until it is back or another store has what its copy holds.',
      health: { url: `http://127.0.0.1:${STORE_PORT}/health`, unit: 'fleet-store.service' },
      hooks: [...both.hooks, 'transaction'],
      site: { label: context.host.publicNames[0] ?? '', port: STORE_PORT },
    };
  },
  secrets: [
    {
      key: 'sitePrivateKey',
      purpose: 'SSH key with which the sites of the store read each other',
      generate: 'ssh-key',
      publicKey: 'sitePublicKey',
    },
  ],
};

export const storeCopy: Service = {
  plan: (context) => ({
    ...common(context, 'store-copy'),
    description: 'Copy of the object store',
    units: [...pull(siteOf(context)), ...scrub(siteOf(context))],
    impact: 'The store has no copy: what its first site loses is lost.',
    health: { unit: 'fleet-store-pull.timer' },
  }),
  secrets: store.secrets,
};

type Site = NonNullable<Context['site']>;

const siteOf = ({ site, host }: Context): Site => required(site, `the sites of the store that ${host.name} is one of`);

/** Who reads this site, and how this site reads the other one. */
function access(context: Context): PlannedFile[] {
  const { other, replacedDays, publicKey } = siteOf(context);
  const { host } = context;
  const forUser = { owner: 'root', group: STORE_USER, mode: '0640' };
  const options = [
    ...['-i', `${HOME}/site.key`],
    ...['-o', `UserKnownHostsFile=${HOME}/known_hosts`, '-o', 'GlobalKnownHostsFile=/dev/null'],
    ...['-o', 'StrictHostKeyChecking=yes', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=20'],
  ];
  const from = {
    state: STORE_STATE,
    from: `${STORE_USER}@${other.name}:`,
    ssh: ['ssh', ...options].join(' '),
    replacedDays,
    serves: host.role.store === 'serves',
  };
  return [
    {
      path: `${HOME}/.ssh/authorized_keys`,
      ...forUser,
      content: `restrict,command="/usr/bin/rrsync -ro ${STORE_STATE}" ${publicKey}\n`,
    },
    { path: `${HOME}/site.key`, ...forUser, content: '{{secret:sitePrivateKey}}' },
    {
      path: `${HOME}/known_hosts`,
      ...forUser,
      content: `${other.name} {{secret:${hostPublicKey(other.host)}}}\n`,
    },
    { path: `${HOME}/pull.json`, ...forUser, content: `${JSON.stringify(from)}\n` },
  ];
}

/** What the unit reads. Its TLS ends at the reverse proxy. */
const environment = ({ region }: Site): PlannedFile => ({
  path: '/etc/fleet-store.env',
  owner: 'root',
  group: 'root',
  mode: '0600',
  content: [
    `LISTEN=127.0.0.1:${STORE_PORT}`,
    `REGION=${region}`,
    'CERTIFICATE=',
    'CERTIFICATE_KEY=',
    'ROOT_ACCESS_KEY={{secret:storeAccessKey}}',
    'ROOT_SECRET_KEY={{secret:storeSecretKey}}',
    '',
  ].join('\n'),
});

/** What both timers start: as the owner of the folder, behind everything else on the machine. */
const job = (what: string, run: string) => `[Unit]
Description=${what}
After=network-online.target
Wants=network-online.target

[Service]
Type=oneshot
User=${STORE_USER}
Nice=10
IOSchedulingClass=idle
ExecStart=/usr/bin/python3 ${run}
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=${STORE_STATE}
PrivateTmp=yes
`;

const pull = ({ pullSeconds }: Site): Unit[] => [
  {
    name: 'fleet-store-pull.service',
    content: job('Follows the first site of the store', `${STORE_SCRIPTS}/pull.py ${HOME}/pull.json`),
    start: false,
  },
  {
    name: 'fleet-store-pull.timer',
    content: timer('The second site follows the first', pullSeconds, 5),
    start: true,
  },
];

const DAY_SECONDS = 86_400;

const scrub = ({ scrubDays }: Site): Unit[] => [
  {
    name: 'fleet-store-scrub.service',
    content: job('Reads all that this site of the store keeps', `${STORE_SCRIPTS}/scrub.py ${STORE_STATE}`),
    start: false,
  },
  {
    name: 'fleet-store-scrub.timer',
    content: timer('Everything in the store is read', scrubDays * DAY_SECONDS, DAY_SECONDS),
    start: true,
  },
];

const timer = (what: string, everySeconds: number, firstSeconds: number) => `[Unit]
Description=${what}, every ${everySeconds} seconds

[Timer]
OnActiveSec=${firstSeconds}
OnUnitInactiveSec=${everySeconds}
AccuracySec=1

[Install]
WantedBy=timers.target
`;
