/** Everything that the documents name and how it ends, the gaps with their reasons, and what is external. */
import { placed, type DocumentedFleet } from './fleet';
import { mono, page, section, table } from './markdown';
import type { SeenService } from './seen';
import type { Gap, Named } from '../../stacks/model/documents';

export function openGaps(fleet: DocumentedFleet, seen: SeenService[]): string {
  const reading = (closes: string) => closes.startsWith('Nothing:');
  const row = ({ subject, source, why, closes }: Gap) => [subject, source, why, closes];
  return page(
    'Open gaps',
    `Everything that the fleet’s documents name ends in one of three ways: it *works in the drill*, it is *declared external*, or it is a *declared gap* with its reason. What works was seen by the drill of its stack (${mono(`npm run drill -- --stack ${fleet.stacks[0].stack}`)}): its host was lost, its data came back, its verification passed within its objectives; the day is that of the newest such drill. Nothing is left out silently: a test holds this table against the services, agents and names of the declaration.`,
    section(
      'Everything the documents name',
      table(
        ['subject', 'where it is named', 'ends as', 'by'],
        fleet.named.map((one) => [one.subject, one.source, ...ending(fleet, seen, one)]),
      ),
    ),
    section(
      'Declared gaps',
      table(
        ['subject', 'where it is named', 'why', 'what would close it'],
        fleet.gaps.filter(({ closes }) => !reading(closes)).map(row),
      ),
    ),
    section(
      'Replaced on purpose',
      table(
        ['subject', 'where it is named', 'why'],
        fleet.gaps.filter(({ closes }) => reading(closes)).map((gap) => row(gap).slice(0, 3)),
      ),
    ),
    section(
      'Declared external',
      'What the fleet relies on and does not run.',
      table(
        ['what', 'for', 'without it', 'a rebuild needs it', 'is it up?'],
        fleet.externals.map((one) => [
          one.name,
          one.purpose,
          one.without,
          one.rebuildNeeds ? '**yes**' : 'no',
          one.status ?? '–',
        ]),
      ),
    ),
  );
}

function ending(fleet: DocumentedFleet, seen: SeenService[], { ends, note, option }: Named): [string, string] {
  const off =
    option && !placed(fleet).some(({ plan }) => plan.name === option)
      ? `Off; ${mono(option)} among a host’s extra services switches it on.`
      : '';
  if ('external' in ends) return ['declared external', [`${ends.external}.`, note, off].filter(Boolean).join(' ')];
  if ('gap' in ends) {
    const gap = fleet.gaps.find(({ subject }) => subject === ends.gap);
    return [
      gap?.closes.startsWith('Nothing:') ? 'declared gap, replaced' : '**declared gap**',
      [gap?.why, off].filter(Boolean).join(' '),
    ];
  }
  return [
    drilled(fleet, seen, ends.works),
    [`${ends.works.map((name) => where(fleet, name)).join('; ')}.`, note].filter(Boolean).join(' '),
  ];
}

/** Works, when drills saw each of its services come back on every host; a public name came back with the forge of its host. */
function drilled(fleet: DocumentedFleet, seen: SeenService[], works: string[]): string {
  const days = works.flatMap((name) => {
    const hosts = placed(fleet).filter(({ host, plan }) =>
      name.startsWith('.') ? plan.name === 'gitea' && host.publicNames.includes(name.slice(1)) : plan.name === name,
    );
    return hosts.map(({ host, plan }) =>
      seen.find((one) => one.host === host.name && one.service === plan.name)?.seenAt.slice(0, 10),
    );
  });
  const [oldest] = days.filter((day) => day !== undefined).sort();
  return days.length && !days.includes(undefined)
    ? `works in the drill, ${oldest}`
    : '**in the drill, not yet seen to pass**';
}

/** `.forge` is a public name, `gitea` a service. */
function where(fleet: DocumentedFleet, name: string): string {
  if (name.startsWith('.')) return `name ${mono(`${name.slice(1)}.${fleet.zone}`)}, moved at the cutover`;
  const hosts = placed(fleet)
    .filter(({ plan }) => plan.name === name)
    .map(({ host }) => host.name);
  return `${mono(name)} on ${hosts.join(' and ')}`;
}
