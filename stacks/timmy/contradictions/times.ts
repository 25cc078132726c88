/** Times, severities, escalation, failover. */
import type { Contradiction } from '../../model/documents';
import { procedures, runbook, topology } from './cited';

export const times: Contradiction[] = [
  {
    about: 'How long a rebuild takes',
    says: [
      `4-8 hours (${runbook('its commit')})`,
      `"48 hours" (${runbook('pre-recovery checklist')})`,
      `70 minutes and propagation, summed over its steps (${runbook('steps 2 to 8')})`,
      `"under an hour" (${topology('Client-Facing Narrative')})`,
    ],
    taken:
      '"48" is "4-8" with its dash lost. The objective is an hour; what is told to clients is what a drill measured, or nothing.',
  },
  {
    about: 'When the forge must be back',
    says: [`30 minutes (${procedures('Recovery Time Objectives')})`, `hours (${runbook('pre-recovery checklist')})`],
    taken: 'Two numbers: 30 minutes for a fault healed in place, an hour for a rebuild.',
  },
  {
    about: 'When a dead agent is noticed',
    says: [
      `back after 15 minutes, a beat every 15 (${procedures('Recovery Time Objectives')})`,
      `after 30 minutes without a log (${procedures('Scenario 1')}); Level 2 lasts until minute 30 ("Escalation Matrix")`,
    ],
    taken:
      'The objective of 15 minutes stands: a beat every 5 minutes, and the first one that is missed is an alarm. A rule refuses slower ones.',
  },
  {
    about: 'When Ollama must be back',
    says: [
      `5 minutes (${procedures('Recovery Time Objectives')})`,
      `a P1 is answered within 15 (${procedures('Emergency Classification')})`,
    ],
    taken: '5 minutes, by healing itself: it is looked at every minute.',
  },
  {
    about: 'When a host counts as dead',
    says: [
      `unreachable for more than 5 minutes (${procedures('Failover Architecture')})`,
      `3 pings (${procedures('Failover Procedure')})`,
    ],
    taken: '5 minutes: five failed checks in a row, a minute apart, from outside.',
  },
  {
    about: 'Whether an agent that is down is P0 or P1',
    says: [
      `P0: "Complete Agent Failure", "Gitea lost" (${procedures('Scenario 1')}, "Emergency Classification")`,
      `P1: "Agent unresponsive", "Gitea Unavailable" (${procedures('Emergency Classification')}, "Scenario 3")`,
    ],
    taken: 'P0: every agent is down, or data is lost. P1: one agent or service is down.',
  },
  {
    about: 'When a person is told of a P0',
    says: [
      `at once (${procedures('Emergency Notification Flow')})`,
      `at level 3, after 30 minutes (${procedures('Escalation Matrix')})`,
    ],
    taken: 'At once. The levels say who acts, not who knows.',
  },
  {
    about: 'How a P1 is told when the forge is what is down',
    says: [
      `P1 is an issue on the forge (${procedures('Emergency Notification Flow')})`,
      `"Gitea Unavailable" is a P1 (${procedures('Scenario 3')}); messages go over the host that is unreachable ("Scenario 4")`,
    ],
    taken: 'By Telegram, and in the journal, past the forge.',
  },
  {
    about: 'Form of a distress signal',
    says: [
      `a JSON document (${procedures('Distress Signal Format')})`,
      `plain text in DISTRESS.txt and EMERGENCY_ALERT.txt (${procedures('Scenario 2')}, "Scenario 1")`,
    ],
    taken: 'The JSON document, everywhere; anything else is rejected loudly.',
  },
  {
    about: 'Where a distress signal is put',
    says: [
      `/father-messages (${procedures('Scenario 2')})`,
      `everything else of the child is below /root/wizards/allegro-primus (the same)`,
    ],
    taken: '/var/lib/distress/outbox, on every host.',
  },
  {
    about: 'What fails over',
    says: [
      `Kimi to Hermes, for Allegro only (${procedures('Failover Architecture')})`,
      `no automatic failover of the forge (${topology('Redundancy Status')})`,
    ],
    taken: 'Nothing fails over by itself. A host is rebuilt; an agent is moved.',
  },
  {
    about: '"Manual intervention required"',
    says: [
      `a trigger of the failover (${procedures('Failover Architecture')})`,
      `the DNS update is "manual step for now" (${procedures('Failover Procedure')})`,
    ],
    taken:
      'A person may force a rebuild at any time (the rebuild value); the name moves by itself once it is verified.',
  },
];
