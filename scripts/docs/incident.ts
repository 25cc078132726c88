/** What is filled in after an incident ("Emergency Procedures", "Post-Incident Review"). */
import { placed, type DocumentedFleet } from './fleet';
import { list, mono, page, section, words } from './markdown';

export function incidentReview(fleet: DocumentedFleet): string {
  const severities = fleet.contacts.severities.map(({ level, means }) => `${level} (${means})`);
  const components = [...new Set(placed(fleet).map(({ plan }) => plan.name))].sort();
  return page(
    'Incident review: [ID]',
    `Copy this to ${mono('docs/incidents/[ID].md')}, fill it in and commit it, with the report of the drill or the log of the update that belongs to it.`,
    list([
      '**Date:** [YYYY-MM-DD]',
      '**Duration:** [start] to [end], UTC; [hours] h',
      `**Severity:** one of ${severities.join(', ')}`,
      `**Component:** a host (${words(fleet.hosts.map(({ host }) => mono(host.name)))}), what the fleet relies on ([open-gaps.md](open-gaps.md)), or a service: ${components.map(mono).join(', ')}`,
      '**Impact:** [who could not do what, and which writes are gone]',
    ]),
    section(
      'Timeline',
      list([
        '[hh:mm] detected by [beat, watcher, uptime check, dead-man’s alarm, a person]',
        '[hh:mm] alert sent to [whom, by which channel]',
        '[hh:mm] action taken: [what]',
        '[hh:mm] resolved',
      ]),
    ),
    section('Root cause', '[why it happened]'),
    section('Resolution', '[what ended it]'),
    section('Prevention', '[what keeps it from happening again]'),
    section('Action items', '- [ ] [owner] – [action] – [due date]'),
    section('What was learned', '[also what went well, and what was wrong in the documents]'),
  );
}
