/** What a document says of itself, and steps of its own that do not fit each other. */
import type { Contradiction } from '../../model/documents';
import { procedures, runbook } from './cited';

export const documents: Contradiction[] = [
  {
    about: 'Number of the Ansible step',
    says: [`"Deploy via ansible (Step 7)" (${runbook('step 5')})`, `Ansible is step 6 (${runbook('step 6')})`],
    taken: 'Step 6.',
  },
  {
    about: '"Mitigation #3"',
    says: [
      `the third mitigation is Ansible (${runbook('"Current Mitigations"')})`,
      `a cold standby (${runbook('step 1 and "Post-Mortem Actions"')})`,
    ],
    taken: 'The standby; the numbers belong to another list. Names are used here.',
  },
  {
    about: 'Where the restored forge is asked',
    says: [`by its public name (${runbook('step 4')})`, `the name is moved later (${runbook('step 8')})`],
    taken: 'On loopback before the cutover, by its public name after it: otherwise one asks the dead host.',
  },
  {
    about: 'Order of inventory, keys and Ansible',
    says: [`Ansible runs (${runbook('step 6')})`, 'its inventory and keys come after it (the same)'],
    taken: 'Keys are on the machine from its first boot.',
  },
  {
    about: 'Who installs Gitea',
    says: [
      `"service will fail until data is restored" (${runbook('step 4')})`,
      'no step installs it, its user, its unit, its configuration or a proxy (the whole document)',
    ],
    taken: 'Installing is a step of its own, before the restore.',
  },
  {
    about: 'How long a name takes to move',
    says: [
      `a lifetime of 300 s, 15 minutes to propagate (${runbook('step 8')})`,
      `wait 15 minutes (${runbook('step 9')})`,
    ],
    taken:
      'The record leads to a reserved IP and need not change; its lifetime is always 300 s. Nothing is waited for, the name is tried.',
  },
  {
    about: 'Pausing DNS',
    says: [
      `point it "to a static maintenance page or 502" (${runbook('"Rollback Plan"')})`,
      'nothing in the document serves such a page',
    ],
    taken: 'A gap: no maintenance page.',
  },
  {
    about: 'Whether the runbook passed its checks',
    says: [`merged (${runbook('its commit')})`, 'five of its checks failed and its tests were skipped (the same)'],
    taken: 'Nothing is taken over from it that was not tried in a drill.',
  },
  {
    about: 'Who keeps the documents',
    says: [
      'Bezalel (Fleet Topology, header)',
      `the Timmy Foundation Infrastructure Team (${runbook('last line')})`,
      '"Authority: Alexander Whitestone" (Emergency Procedures, header)',
    ],
    taken: 'Each its own. Here they are one declaration, kept by whoever may change it; Alexander Whitestone decides.',
  },
  {
    about: 'Size of the procedures',
    says: [
      `"~3,800+ words", "8+ scripts", "6 diagrams" (${procedures('End of document')})`,
      'about 2,300 words, 5 scripts, 5 diagrams (counted)',
    ],
    taken: 'Documents here say of themselves only what is computed.',
  },
  {
    about: 'Section "Recovery Procedures"',
    says: [
      `in the table of contents (${procedures('Table of Contents')})`,
      'there is none; procedures are inside the scenarios',
    ],
    taken: 'Nothing is lost.',
  },
  {
    about: 'Where the failover and restore scripts are',
    says: [
      `below /root/allegro/scripts (${procedures('Failover Procedure')}, "Restore Procedures")`,
      'that is the host that they are to replace',
    ],
    taken: 'A rebuild runs from outside the fleet.',
  },
  {
    about: 'On which host the monthly test runs',
    says: [
      `tests 1 and 3 in /root/allegro, on Kimi (${procedures('Testing Procedures')})`,
      'test 2 with a script and an Ollama that are on Hermes (the same)',
    ],
    taken: 'The drill makes hosts of its own and tries every service where it runs.',
  },
  {
    about: 'When data is restored',
    says: [
      `before the name moves (${runbook('steps 4 and 8')})`,
      `after new infrastructure answers (${procedures('Scenario 5')})`,
    ],
    taken: 'Restore, start, verify, and only then the name.',
  },
];
