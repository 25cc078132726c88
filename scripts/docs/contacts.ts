/** Whom to tell, where to log in, and what each host is rebuilt from. */
import { secretsOfStack } from '../../services/secrets';
import type { DocumentedHost, Fleet } from './fleet';
import { duration, list, mono, page, section, subsection, table } from './markdown';

const NOT_STATED = '**not stated** ([open gaps](open-gaps.md))';

/** "Emergency Procedures", "Escalation Matrix". */
const LEVELS = list([
  'For the first 5 minutes a host heals itself: units restart, Ollama is looked after every minute.',
  'Until minute 30 Allegro acts on what its distress signals say.',
  'After that Alexander Whitestone does. The last resort is the rebuild: [recovery-runbook.md](recovery-runbook.md).',
]);

export function contactsPage(fleet: Fleet): string {
  const { severities, people, consoles } = fleet.contacts;
  return page(
    'Contacts and rebuild sources',
    section('How bad is it?', table(['severity', 'somebody acts', 'means', 'told by'], severities.map(({ level, within, means, told }) => [level, within, means, told])), LEVELS),
    section('People and agents', table(['role', 'who', 'by', 'when'], people.map(({ role, who, by, when }) => [role, who, by, when])), alarms(fleet)),
    section('Where one logs in', table(['what', 'where', 'credentials of'], consoles.map(({ what, at, whose }) => [what, at ?? NOT_STATED, whose ?? NOT_STATED]))),
    section('Where to look first', table(['what', 'is it up?'], fleet.externals.flatMap(({ name, status }) => (status ? [[name, status]] : [])))),
    section('What each host is rebuilt from', sources(fleet), ...fleet.hosts.map(secrets)),
  );
}

function alarms(fleet: Fleet): string {
  const { monitor, health, uptime } = fleet.hosts[0].declaration;
  return list([
    `A watcher outside the fleet asks the public name every ${duration(monitor.intervalSeconds)}; after ${monitor.failures} failures in a row the host counts as dead.`,
    ...(uptime ? [`The provider looks at each public name too: an e-mail when it is down from everywhere for ${uptime.downFor}, or when its certificate runs out within ${uptime.certificateDays} days.`] : []),
    `From a timer on a machine outside, ${mono(`bin/fleet status --stack ${fleet.hosts[0].declaration.stack} --alarm`)} tells of a host that no longer writes to the store.`,
    `Agents and services beat every ${duration(health.beatSeconds)}; ${health.alarmAfterBeats === 1 ? 'the first missed beat' : `${health.alarmAfterBeats} missed beats`} is an alarm.`,
    'What nobody resolves by its deadline is told again as P0.',
  ]);
}

function sources(fleet: Fleet): string {
  return table(
    ['host', 'primary agent', 'rebuilt from', 'the documents said'],
    fleet.hosts.map(({ host }) => [mono(host.name), host.contact.primaryAgent, host.contact.rebuildSource, 'Gitea repos + .env files (Fleet Topology, "Operational Contacts"): the forge cannot be what the forge’s host is rebuilt from']),
  );
}

function secrets({ declaration }: DocumentedHost): string {
  return subsection(
    `Secrets of stack ${declaration.stack}`,
    `Encrypted in ${mono(`Pulumi.${declaration.stack}.yaml`)}, opened by its passphrase. Their values are nowhere in this repository. \`bin/fleet init --stack ${declaration.stack}\` draws what is missing and asks for the rest.`,
    table(['setting', 'purpose', 'comes from'], secretsOfStack(declaration).map(({ key, purpose, generate, optional }) => [mono(`fleet:${key}`), purpose, (generate === 'ask' ? 'a person' : 'drawn') + (optional ? ', optional' : '')])),
    'In the environment only, never stored: `DIGITALOCEAN_TOKEN`, `CLOUDFLARE_API_TOKEN`.',
  );
}
