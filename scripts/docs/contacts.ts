/** Whom to tell, where to log in, and what each host is rebuilt from. */
import { rented } from '../../components/machines';
import { secretsOfStack } from '../../services/secrets';
import type { DocumentedHost, DocumentedFleet } from './fleet';
import { duration, list, mono, page, section, subsection, table } from './markdown';

const NOT_STATED = '**not stated** ([open gaps](open-gaps.md))';

/** Plain settings (`pulumi config set`); the secret ones are in the tables of the stacks. */
const SETTINGS = [
  [
    mono('fleet:telegramChat'),
    'chat that P0 goes to; needs the secret `fleet:telegramBotToken` too',
    'Telegram is off',
  ],
  [
    mono('fleet:alarmEmails'),
    'who learns by e-mail that a public name is down; the provider must have confirmed each address',
    'the forge’s administrator',
  ],
  [
    mono('fleet:alarmCommand'),
    '`fleet status --alarm` hands its text to this program; the secret `fleet:alarmWebhook` gets it over HTTP',
    '`--alarm` is refused without either',
  ],
  [mono('fleet:operators'), 'who may log in to the hosts, one key each', 'only the program’s own key'],
  [mono('fleet:sshSources'), 'from which addresses one may log in', 'everywhere'],
];

export function contactsPage(fleet: DocumentedFleet): string {
  const { severities, people, consoles } = fleet.contacts;
  return page(
    'Contacts and rebuild sources',
    section(
      'How bad is it?',
      table(
        ['severity', 'somebody acts', 'means', 'told by'],
        severities.map(({ level, within, means, told }) => [level, within, means, told]),
      ),
      list(fleet.contacts.escalation),
    ),
    section(
      'People and agents',
      table(
        ['role', 'who', 'by', 'when'],
        people.map(({ role, who, by, when }) => [role, who, by, when]),
      ),
      alarms(fleet),
    ),
    section(
      'Settings that switch a channel on, or let somebody in',
      table(['setting', 'what', 'without it'], SETTINGS),
    ),
    section(
      'Where one logs in',
      table(
        ['what', 'where', 'credentials of'],
        consoles.map(({ what, at, whose }) => [what, at ?? NOT_STATED, whose ?? NOT_STATED]),
      ),
    ),
    section(
      'Where to look first',
      table(
        ['what', 'is it up?'],
        fleet.externals.flatMap(({ name, status }) => (status ? [[name, status]] : [])),
      ),
    ),
    section('What each host is rebuilt from', sources(fleet), ...fleet.hosts.map(secrets)),
  );
}

function alarms(fleet: DocumentedFleet): string {
  const { monitor, health, uptime, stack } = fleet.stacks[0];
  return list([
    `A watcher outside the fleet asks the public name every ${duration(monitor.intervalSeconds)}; after ${monitor.failures} failures in a row the host counts as dead.`,
    ...(uptime
      ? [
          `The provider looks at each public name too: an e-mail when it is down from everywhere for ${uptime.downFor}, or when its certificate runs out within ${uptime.certificateDays} days.`,
        ]
      : []),
    `From a timer on a machine outside, ${mono(`bin/fleet status --stack ${stack} --alarm`)} tells of a host that no longer writes to the store.`,
    `Agents and services beat every ${duration(health.beatSeconds)}; ${health.alarmAfterBeats === 1 ? 'the first missed beat' : `${health.alarmAfterBeats} missed beats`} is an alarm.`,
    'When all agents of a host are down (two or more, at two looks in a row), the host itself tells P0. That data is lost is told by a person.',
    'What nobody resolves by its deadline is told again as P0.',
    `A signal is ended by an empty file of its name in ${mono('/var/lib/distress/resolved')} on its host; what heals by itself ends its own. Whoever heard of it hears that it is over, and its issues are closed.`,
  ]);
}

function sources(fleet: DocumentedFleet): string {
  return table(
    ['host', 'primary agent', 'rebuilt from', 'the documents said'],
    fleet.hosts.map(({ host }) => [
      mono(host.name),
      host.contact.primaryAgent,
      host.contact.rebuildSource,
      host.contact.documented,
    ]),
  );
}

function secrets({ declaration }: DocumentedHost): string {
  return subsection(
    `Secrets of stack ${declaration.stack}`,
    `Encrypted in ${mono(`Pulumi.${declaration.stack}.yaml`)}, opened by its passphrase. Their values are nowhere in this repository. \`bin/fleet init --stack ${declaration.stack}\` draws what is missing and asks for the rest.`,
    table(
      ['setting', 'purpose', 'comes from'],
      secretsOfStack(declaration).map(({ key, purpose, generate, optional }) => [
        mono(`fleet:${key}`),
        purpose,
        (generate === 'ask' ? 'a person' : 'drawn') + (optional ? ', optional' : ''),
      ]),
    ),
    `In the environment only, never stored: ${mono(rented.tokenVariables[0])}, ${mono('CLOUDFLARE_API_TOKEN')}.`,
  );
}
