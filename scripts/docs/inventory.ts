/** Every service: what it is made of, what it must not lose, how it is backed up, and how one knows that it works. */
import type { Dataset, ServicePlan } from '../../services/plan';
import type { Artifact } from '../../stacks/outside/artifact';
import { driverOf } from '../../components/machines';
import { needsOf } from '../../components/machines/capacity';
import type { DocumentedHost, DocumentedFleet } from './fleet';
import { duration, mono, page, section, subsection, table } from './markdown';
import type { SeenService } from './seen';

export function inventory(fleet: DocumentedFleet, seen: SeenService[]): string {
  return page(
    'Services',
    'In the order in which a rebuild installs them. *Critical* services come first, and the public names wait for them only.',
    section('Summary', summary(fleet, seen), SEEN_WORDS),
    ...fleet.hosts.map((one) =>
      section(`On ${one.host.name}`, capacity(one), ...one.plans.map((plan) => service(one, plan))),
    ),
  );
}

const SEEN_WORDS =
  'What drills saw is from the newest drill of the stack that passed, mostly a rehearsal on the embedded cloud: it says that the service comes back, not how long that takes on the real one.';

/** From the loss of the host to the verified service, and what of its acknowledged writes was lost. */
function seenOf(seen: SeenService[], host: string, service: string): string {
  const one = seen.find((entry) => entry.host === host && entry.service === service);
  if (!one) return 'not yet';
  return `${one.seenAt.slice(0, 10)}, ${one.cloud}: back after ${one.seconds.toFixed(0)} s${one.lostSeconds === null ? '' : `, ${one.lostSeconds.toFixed(1)} s lost`}`;
}

function summary(fleet: DocumentedFleet, seen: SeenService[]): string {
  const rows = fleet.hosts.flatMap(({ host, plans }) =>
    plans.map((plan) => [
      mono(plan.name),
      host.name,
      plan.description + (plan.critical ? ' (**critical**)' : ''),
      plan.objectives.rpoSeconds === undefined ? 'nothing to lose' : duration(plan.objectives.rpoSeconds),
      duration(plan.objectives.rtoRestartSeconds),
      duration(plan.objectives.rtoRebuildSeconds),
      seenOf(seen, host.name, plan.name),
    ]),
  );
  return table(
    ['service', 'host', 'what it is', 'may lose', 'back after a fault', 'back after a rebuild', 'seen by a drill'],
    rows,
  );
}

function capacity({ host, plans }: DocumentedHost): string {
  const needs = needsOf(plans);
  const size = driverOf(host).capacity(host);
  return `At their busiest, services and system need ${needs.memoryMiB} of ${size.memoryMiB} MiB of memory and ${needs.diskGiB} of ${size.diskGiB} GiB of disk (${host.size}).`;
}

function service({ host, plans }: DocumentedHost, plan: ServicePlan): string {
  const rows: Array<[string, string]> = [
    ['units', plan.units.map(({ name, start }) => mono(name) + (start ? '' : ' (started by another)')).join(', ')],
    ['users', plan.users.map(({ name, home }) => `${mono(name)}, home ${mono(home)}`).join('; ') || 'root'],
    [
      'ports',
      plan.ports
        .map(
          ({ port, protocol, scope, purpose }) =>
            `${port}/${protocol}, ${scope === 'public' ? '**public**' : 'loopback'}: ${purpose}`,
        )
        .join('; ') || 'none',
    ],
    ['public name', plan.site ? mono(plan.site.label) : ''],
    ['program', program(plan)],
    [
      'starts after',
      plan.dependsOn
        .filter((name) => plans.some((other) => other.name === name))
        .map(mono)
        .join(', '),
    ],
    ...dataset(plan),
    ['health', health(plan)],
    [
      'after a restore',
      plan.hooks
        .filter((hook) => hook === 'reconcile' || hook === 'import')
        .map((hook) =>
          hook === 'reconcile' ? 'what belongs together is reconciled' : 'its events are sent back over the wire',
        )
        .join(', '),
    ],
    ['verification', verification(plan)],
    [
      'synthetic transaction',
      plan.hooks.includes('transaction')
        ? `${mono(`host/services/${plan.kind}/transaction`)}, on the new host before any name moves${plan.critical ? ', and again through the public name' : ''}`
        : 'none of its own: its verification is',
    ],
    ['needs', `${plan.needs.memoryMiB} MiB, ${plan.needs.diskGiB} GiB of disk`],
    ['moves with its data', plan.movable ? 'yes, by its home in the declaration' : ''],
  ];
  return subsection(
    `${plan.name} on ${host.name}`,
    `${plan.description}.`,
    table(
      ['', ''],
      rows.filter(([, value]) => value !== ''),
    ),
  );
}

/** Where a program comes from that is no download of its makers. */
const FROM: Partial<Record<Artifact['layout'], string>> = {
  python: ' (from the Python index, by a lock)',
  source: ' (built on the host from its source)',
  tree: ' (from the artifact mirror only)',
};

function program(plan: ServicePlan): string {
  const parts = [
    ...(plan.source
      ? [`${mono(plan.source.repository)} at ${mono(plan.source.ref)}, from the forge or from the bundle in its backup`]
      : []),
    ...plan.artifacts.map(({ name, version, layout }) => `${name} ${version}${FROM[layout] ?? ''}`),
    ...(plan.packages.length ? [`Debian: ${plan.packages.join(', ')}`] : []),
  ];
  return parts.join('; ');
}

function dataset(plan: ServicePlan): Array<[string, string]> {
  if (!plan.dataset) return [['dataset', 'none: nothing of it is kept, and nothing is lost']];
  return [
    ['dataset', parts(plan.dataset).join('<br>')],
    ['owner of the data', mono(plan.dataset.owner)],
  ];
}

/** Each part with how and how often it is backed up. */
function parts({ database, repositories, files }: Dataset): string[] {
  return [
    ...(database
      ? [`database ${mono(database.path)}: litestream, every second; checked with \`PRAGMA integrity_check\``]
      : []),
    ...(repositories
      ? [
          `repositories below ${mono(repositories.root)}: shipped at each ref update, before the push is answered; checked with \`git fsck\``,
        ]
      : []),
    ...(files
      ? [
          `files ${files.paths.map(mono).join(', ')}: restic, ${duration(files.settleSeconds)} after a change and every ${duration(files.intervalSeconds)}${files.exclude.length ? `; without ${files.exclude.map(mono).join(', ')}` : ''}`,
        ]
      : []),
  ];
}

function health({ health: { url, sourcedUrl, unit } }: ServicePlan): string {
  if (url) return `GET ${mono(url)} answers 200; unit ${mono(unit)}`;
  return `${mono(unit)} is active and does not restart${sourcedUrl ? `; once the forge has its repository, GET ${mono(sourcedUrl)} answers 200` : ''}`;
}

function verification(plan: ServicePlan): string {
  const check = plan.dataset?.database || plan.dataset?.repositories ? [mono(`check ${plan.name}`)] : [];
  return [...check, ...(plan.hooks.includes('verify') ? [mono(`host/services/${plan.kind}/verify`)] : [])].join(
    ', then ',
  );
}
