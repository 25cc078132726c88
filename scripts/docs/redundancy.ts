/** What the fleet has once, what it has twice, and what it does not do. */
import { checkpointSeconds } from '../../services/hermes-agent';
import { driverOf } from '../../components/machines';
import { usd } from './cost';
import { placed, type Fleet } from './fleet';
import { duration, mono, page, section, table, words } from './markdown';
import { loneServices, repeatedServices, shared, type SinglePoint } from './spof';

export function redundancy(fleet: Fleet): string {
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
    section('What the documents claim, and what holds', claims(fleet)),
  );
}

function twice(fleet: Fleet): string {
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

function standby({ hosts }: Fleet): string {
  const [{ host, declaration }] = hosts;
  return [
    'Off by default: a setting of a stack asks for it. Then a second droplet of the host waits beside it. It is warm, not hot: its critical services are installed and stopped, and on a timer it fetches the newest restore points. It serves nobody and holds a key to the store that reads.',
    '',
    `A person promotes it by one change: ${mono(`pulumi config set --path 'fleet:rebuild.${host.name}' 1 --stack ${declaration.stack}`)} (one more than it was), then ${mono(`pulumi up --refresh --stack ${declaration.stack}`)}. The old machine is stopped first; what was written since the standby's last look is restored; the checks that gate a rebuild's cutover gate this one. What may be lost is the same as in a rebuild. The old machine is replaced by a new standby.`,
    '',
    `It costs a second ${mono(host.size)}, ${usd(driverOf(host).capacity(host).usdPerMonth)} a month, and lies in the same region and behind the same store: it saves the time to make a machine and to fetch its data, nothing else. ${mono('bin/fleet drill --fault standby-promoted')} rehearses it.`,
  ].join('\n');
}

function claims(fleet: Fleet): string {
  const { declaration } = fleet.hosts[0];
  const agent = declaration.objectives.agent.rpoSeconds;
  const movable = placed(fleet).some(({ plan }) => plan.movable);
  return table(
    ['Fleet Topology, "Redundancy Status"', 'holds?', 'today'],
    [
      [
        '"Gitea is on one host"',
        'yes',
        'One host. Pushes are in the store before they are answered, the database within a second.',
      ],
      [
        '"Nostr relay is on one host"',
        'yes',
        'One host. Events are written down as they come in, and sent back to the relay after a restore.',
      ],
      [
        '"Agent state is per-host"',
        'yes',
        `One home each; backed up, and checkpointed every ${duration(checkpointSeconds(agent))}.`,
      ],
      [
        '"All code and configuration is in git"',
        '**no**',
        'Secrets are in the stack’s settings, encrypted; models are pulled again; programs are downloads with a checksum.',
      ],
      [
        '"Gitea itself is the backup for repositories"',
        '**no**',
        `It is lost with its host. The backup is in the store, kept for at least ${declaration.backup.retentionDays} days.`,
      ],
      [
        '"Agent homes are checkpointed to git periodically"',
        'yes',
        `Every ${duration(checkpointSeconds(agent))}, with an alarm when one is older than ${duration(agent)}.`,
      ],
      [
        'not yet: "Automatic failover to a second Gitea instance"',
        'still not',
        'Nothing fails over by itself. A rebuild takes its place, or a standby that a person promotes; off by default.',
      ],
      [
        'not yet: "Cross-host agent migration without manual intervention"',
        movable ? 'done within a stack' : 'still not',
        `A change of the agent’s ${mono('homes')} line: stopped and backed up there, restored and started here. Not between stacks.`,
      ],
      [
        'not yet: "Real-time state replication between Alpha and Beta"',
        'still not, on purpose',
        'Alpha replicates to the store. Beta is for breaking things, and must not hold alpha’s data.',
      ],
    ],
  );
}
