/** What the fleet has once, what it has twice, and what it does not do. */
import { checkpointSeconds } from '../../services/hermes-agent';
import type { Claims } from '../../stacks/model/documents';
import { required } from '../../stacks/model/required';
import { driverOf } from '../../components/machines';
import { usd } from './cost';
import { placed, type DocumentedFleet } from './fleet';
import { duration, mono, page, section, table, words } from './markdown';
import { loneServices, repeatedServices, shared, type SinglePoint } from './spof';

export function redundancy(fleet: DocumentedFleet): string {
  const lone = loneServices(fleet);
  const common = shared(fleet);
  const rows = (points: SinglePoint[]) =>
    points.map(({ what, where, impact, back, loses }) => [what, where, impact, back, loses]);
  const head = ['what', 'where', 'while it is away', 'what brings it back', 'data that may be lost'];
  return page(
    'Redundancy status',
    `**Nothing in this fleet fails over by itself.** ${lone.length} services run on one host only, and ${common.length} further things exist once. A host that is lost is rebuilt from a store that was never on it; until then its services are away.`,
    section('Services that run once', table(head, rows(lone))),
    section('What they have in common', table(head, rows(common))),
    section('What there is twice', twice(fleet)),
    section('A standby', standby(fleet)),
    ...(fleet.claims ? [section('What the documents claim, and what holds', claims(fleet, fleet.claims))] : []),
  );
}

function twice(fleet: DocumentedFleet): string {
  const both = repeatedServices(fleet);
  const kept = fleet.hosts.map(({ host, plans }) => {
    const without = plans.filter(({ dataset }) => !dataset).map(({ name }) => name);
    return [
      `data of ${host.name}${without.length ? `, but for ${words(without)}` : ''}`,
      `on the host, and in the object store, which keeps every version`,
    ];
  });
  return table(
    ['what', 'where'],
    [...kept, ...(both.length ? [[words(both), 'on several hosts, each for its own: none replaces another']] : [])],
  );
}

function standby({ hosts }: DocumentedFleet): string {
  const { host, declaration } = required(hosts[0], 'a host of the fleet');
  return [
    'Off by default: a setting of a stack asks for it. Then a second machine of the host waits beside it. It is warm, not hot: its critical services are installed and stopped, and on a timer it fetches the newest restore points. It serves nobody and holds a key to the store that reads.',
    '',
    `A person promotes it by one change: ${mono(`pulumi config set --path 'fleet:rebuild.${host.name}' 1 --stack ${declaration.stack}`)} (one more than it was), then ${mono(`pulumi up --refresh --stack ${declaration.stack}`)}. The old machine is stopped first; what was written since the standby's last look is restored; the checks that gate a rebuild's cutover gate this one. What may be lost is the same as in a rebuild. The old machine is replaced by a new standby.`,
    '',
    `It costs a second ${mono(host.size)}, ${usd(driverOf(host).capacity(host).usdPerMonth)} a month, and lies in the same region and behind the same store: it saves the time to make a machine and to fetch its data, nothing else. ${mono('bin/fleet drill --fault standby-promoted')} rehearses it.`,
  ].join('\n');
}

function claims(fleet: DocumentedFleet, { source, rows }: Claims): string {
  const { objectives, backup } = fleet.stacks[0];
  const agent = objectives.agent.rpoSeconds;
  const facts = {
    agentLoss: duration(agent),
    checkpoint: duration(checkpointSeconds(agent)),
    keptDays: backup.keep.dailyDays,
    agentsMove: placed(fleet).some(({ plan }) => plan.movable),
  };
  return table([source, 'holds?', 'today'], rows(facts));
}
