/** What clients are told, and what each sentence rests on. Names no address and no person. */
import { claimOf } from './claim';
import { runsForge } from '../../stacks/model/fleet';
import type { DocumentedHost, DocumentedFleet } from './fleet';
import type { Measurement } from './measured';
import { duration, page, section, table, words } from './markdown';
import { loneServices } from './spof';

/** What a primary host may be known for, in the words of the narrative. */
const KNOWN_FOR: Array<{ services: string[]; words: string }> = [
  { services: ['gitea'], words: 'the code forge' },
  { services: ['strfry', 'fleet-relay'], words: 'the relay network' },
];
const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

export function narrative(fleet: DocumentedFleet, measurement: Measurement | undefined, now: Date): string {
  const claim = claimOf(fleet.stacks[0].stack, measurement, now);
  const said = sentences(fleet);
  return page(
    'What we tell clients',
    'For whoever is asked about architecture, redundancy or access. Say this, and nothing beyond it.',
    [...said.map(({ sentence }) => sentence), claim.sentence].map((sentence) => `> ${sentence}`).join('\n'),
    section('How long a rebuild takes', claim.rests),
    section('Questions clients ask', table(['question', 'answer'], questions(fleet))),
    section(
      'What each sentence rests on',
      table(
        ['sentence', 'rests on'],
        said.map(({ sentence, rests }) => [sentence, rests]),
      ),
    ),
  );
}

function sentences(fleet: DocumentedFleet): Array<{ sentence: string; rests: string }> {
  const primary = fleet.hosts.find(({ host }) => runsForge(host));
  const isolated = fleet.hosts.filter(({ host }) => host.role.forbids === 'others').map(({ host }) => host);
  const days = Math.min(...fleet.hosts.map(({ declaration }) => declaration.backup.keep.dailyDays));
  return [
    ...(fleet.hosts.length > 1
      ? [{ sentence: 'We run a distributed fleet.', rests: `${fleet.hosts.length} hosts are declared.` }]
      : []),
    ...(primary
      ? [
          {
            sentence: `Our primary stack hosts ${words([...knownFor(primary), ...(agents(primary) ? [`${count(agents(primary))} agents`] : [])])}.`,
            rests: `The services and agents declared for ${primary.host.name}.`,
          },
        ]
      : []),
    ...isolated.flatMap(({ name, role }) =>
      role.told ? [{ sentence: role.told, rests: `Role ${role.name} of ${name}, which may run nothing else.` }] : [],
    ),
    ...(isolated.length
      ? [
          {
            sentence: 'This lets us isolate experimental or destructive work from production systems.',
            rests:
              'Rules refuse any way from host to host but HTTPS, and any login; the provider’s firewall enforces it outside the hosts.',
          },
        ]
      : []),
    {
      sentence: 'All code and configuration is source-controlled; secrets are kept apart from it, encrypted.',
      rests:
        'Hosts are made from the declaration. "All code and configuration is in git" without the second half would not be true.',
    },
    {
      sentence: `Data is backed up continuously, encrypted before it leaves a host, and kept for at least ${days} days where no host can delete it.`,
      rests:
        'Backups of every dataset; object lock in an account that no host shares. Every drill tries to destroy them with the host’s own key.',
    },
  ];
}

const agents = ({ plans }: DocumentedHost): number => plans.filter(({ movable }) => movable).length;
const count = (n: number): string => NUMBERS[n] ?? String(n);
const knownFor = ({ plans }: DocumentedHost): string[] =>
  KNOWN_FOR.filter(({ services }) => services.every((name) => plans.some((plan) => plan.name === name))).map(
    (one) => one.words,
  );

function questions(fleet: DocumentedFleet): string[][] {
  const { objectives } = fleet.stacks[0];
  const regions = [...new Set(fleet.hosts.map(({ host }) => host.region))];
  return [
    [
      'Is the fleet redundant?',
      `Its data is; its hosts are not. ${loneServices(fleet).length} services run on one host each, and a lost host is rebuilt rather than replaced by a twin. We keep a [list of every single point of failure](redundancy.md).`,
    ],
    [
      'Does a second forge take over?',
      'No. The host is rebuilt and its data restored and verified before its name leads to it again.',
    ],
    [
      'How much could be lost?',
      `Our objectives: ${duration(objectives.forge.rpoSeconds)} of the forge’s data, ${duration(objectives.agent.rpoSeconds)} of an agent’s. Pushes are in the backup before they are answered.`,
    ],
    [
      'How long may it take?',
      `Our objectives: the forge ${duration(objectives.forge.rtoRestartSeconds)} after a fault that is healed in place, ${duration(objectives.forge.rtoRebuildSeconds)} when its host must be rebuilt. An objective is what we aim at; what we measured is above, or is not said.`,
    ],
    [
      'Where does it run?',
      `On virtual machines of one provider, ${regions.length === 1 ? `all in region ${regions[0]}` : `in regions ${words(regions)}`}. Backups are with another account.`,
    ],
    [
      'Can an experiment reach production?',
      'The testbed reaches the forge as everybody else does, through HTTPS, and nothing else of the fleet.',
    ],
    ['Who has access?', 'Named operators with a key each. No host logs in on another, and agents have no root.'],
    [
      'How do you know that backups work?',
      'Data is read back when a host is protected, and drills destroy a host under load and compare everything that was acknowledged with what came back.',
    ],
  ];
}
