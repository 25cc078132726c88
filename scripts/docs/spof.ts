/** Single points of failure, computed: whatever the fleet has once. */
import { rented } from '../../components/machines';
import type { ServicePlan } from '../../services';
import { placed, type DocumentedFleet } from './fleet';
import { duration } from './markdown';

export interface SinglePoint {
  what: string;
  where: string;
  /** What is missed while it is away. */
  impact: string;
  /** What brings it back. */
  back: string;
  /** What of its data may be lost when its host is. */
  loses: string;
}

/** Services that run on one host only, in the order of their hosts. */
export function loneServices(fleet: DocumentedFleet): SinglePoint[] {
  const all = placed(fleet);
  return all
    .filter(({ plan }) => all.filter((other) => other.plan.name === plan.name).length === 1)
    .map(({ host, plan }) => ({
      what: plan.name,
      where: host.name,
      impact: impactOf(fleet, plan),
      back: plan.dataset ? 'restored from the store' : 'made again; nothing of it is kept',
      loses:
        plan.dataset && plan.objectives.rpoSeconds !== undefined
          ? `at most ${duration(plan.objectives.rpoSeconds)}`
          : 'nothing',
    }));
}

/** Services that run on several hosts: each of them still serves its own host only. */
export function repeatedServices(fleet: DocumentedFleet): string[] {
  const names = placed(fleet).map(({ plan }) => plan.name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))];
}

/** What its plan or its declaration says is missed. Validation lets none through without. */
function impactOf(fleet: DocumentedFleet, plan: ServicePlan): string {
  const declared = fleet.hosts
    .flatMap(({ declaration }) => declaration.singlePointsOfFailure)
    .find(({ service }) => service === plan.name || service === plan.kind);
  return plan.impact ?? declared?.impact ?? '';
}

/** What all services have in common, and have once. */
export function shared(fleet: DocumentedFleet): SinglePoint[] {
  const { hosts } = fleet;
  const regions = [...new Set(hosts.map(({ host }) => host.region))];
  const people = [...new Set(fleet.contacts.people.map(({ who }) => who))].filter((who) => !who.startsWith('agent '));
  const { entrance } = rented.words;
  const needed = fleet.externals.filter(({ rebuildNeeds }) => rebuildNeeds);
  const point = (what: string, impact: string, back: string): SinglePoint => ({
    what,
    where: 'the whole fleet',
    impact,
    back,
    loses: 'nothing',
  });
  return [
    ...hosts.map(({ host, plans }) => ({
      what: `host ${host.name}`,
      where: host.region,
      impact: `${plans.length} services are away until it is rebuilt; nothing takes over.`,
      back: '`pulumi up --refresh`',
      loses: 'what its services may lose',
    })),
    ...(regions.length === 1
      ? [
          point(
            `region ${regions[0]}`,
            `All hosts are away; ${entrance}s cannot leave the region.`,
            `another region in the declaration: new ${entrance}s, new DNS answers`,
          ),
        ]
      : []),
    ...needed.map(({ name, without }) => point(name, without, 'its provider')),
    ...(people.length === 1
      ? [
          point(
            `${people[0]}, the only person named`,
            'Nobody else is told, decides, or holds credentials.',
            'a second person (an open gap)',
          ),
        ]
      : []),
    point(
      'stack files, passphrase and state directory',
      'Without them no rebuild begins, and backups cannot be opened.',
      `a copy of the recovery kit (\`bin/fleet kit\`) that is kept away from the fleet`,
    ),
  ];
}
