/** Hosts, addresses, and what runs where. */
import type { Contradiction } from '../../model/documents';
import { procedures, runbook, topology } from './cited';

export const hosts: Contradiction[] = [
  {
    about: 'Address of the forge',
    says: [
      `167.99.126.228 (${topology('Hosts')})`,
      `143.198.27.163 (${runbook('"Risk Statement" and step 8')}; ${procedures('Scenario 3')})`,
    ],
    taken:
      'One role, two recorded addresses. Both are kept as known addresses of alpha and never connected to; the address is a reserved IP that the program makes.',
  },
  {
    about: 'Which two hosts there are',
    says: [
      `Alpha and Beta (${topology('Hosts')})`,
      `Kimi and Hermes (${procedures('Contacts')})`,
      `one Hermes VPS (${runbook('"Risk Statement"')})`,
    ],
    taken: 'Alpha and beta, the newest model of roles. Hermes is an older name of alpha; Kimi is gone.',
  },
  {
    about: 'Home of Allegro',
    says: [
      `Alpha (${topology('Hosts')})`,
      `the Hermes VPS (${runbook('"Risk Statement"')})`,
      `Kimi, 143.198.27.52 (${procedures('Contacts')})`,
    ],
    taken: 'Alpha. An agent has exactly one home, in one line of the agents’ table.',
  },
  {
    about: 'Home of Ezra',
    says: [
      `Alpha (${topology('Hosts')})`,
      `the Hermes VPS (${runbook('"Risk Statement"')}; ${procedures('Contacts')})`,
    ],
    taken: 'Alpha, which is the same role.',
  },
  {
    about: 'Home of Bezalel',
    says: [`Beta, and only there (${topology('Hosts')})`, `the Hermes VPS (${runbook('"Risk Statement" and step 7')})`],
    taken: 'Beta. Nothing of Bezalel is made on the forge’s host.',
  },
  {
    about: 'Where the backup job runs',
    says: [
      `in Bezalel’s home (${runbook('"Current Mitigations"')})`,
      `Bezalel is on Beta, which has no Gitea (${topology('Hosts')})`,
    ],
    taken: 'Each host backs up its own data. The old job may have been backing up nothing.',
  },
  {
    about: 'Which agents there are',
    says: [
      `five (${topology('Hosts')})`,
      `Ezra, Allegro, Bezalel (${runbook('"Risk Statement"')})`,
      `Allegro, Allegro-Primus, Ezra (${procedures('Contacts')})`,
    ],
    taken:
      'The union, in one table. Allegro-Primus is legacy. A rebuild goes through the table, so that it loses neither Adagio nor Bilbobagginshire.',
  },
  {
    about: 'Models of the local inference',
    says: [`qwen3:4b (${topology('Hosts')})`, `qwen2.5:1.5b and llama3.2:3b (${procedures('Scenario 2')})`],
    taken:
      'qwen3:4b is required, the other two are wanted. A rebuild brings them, though the runbook leaves local inference out.',
  },
  {
    about: 'What a recovery brings back',
    says: [
      `Gitea, backend and wizards (${runbook('steps 4 to 6')})`,
      `also relays, Ollama, webhooks, CI and Evennia (${topology('Hosts')})`,
    ],
    taken: 'Every service of the host’s role.',
  },
  {
    about: 'Mesh between hosts',
    says: [
      `"No direct agent-to-agent LAN mesh" (${topology('Cross-Host Communication')})`,
      `a Tailscale mesh, and root logins from father to child (${procedures('Failover Architecture')}, "Scenario 4")`,
    ],
    taken: 'No mesh and no login from host to host; a rule refuses both. Tailscale is an option that is off.',
  },
  {
    about: 'Docker',
    says: [`none on Beta (${topology('Hosts')})`, `installed without condition (${runbook('step 2')})`],
    taken: 'Off. Beta’s role forbids it; alpha may have it as an extra service.',
  },
  {
    about: 'Where CI runs',
    says: [`CI automation on Alpha (${topology('Hosts')})`, `Beta is dedicated to CI (${topology('Why Two Hosts?')})`],
    taken: 'Alpha triggers, beta executes.',
  },
  {
    about: 'Operating system',
    says: [`debian-12-x64 (${runbook('step 1')})`, `Ubuntu 22.04 LTS (${procedures('Scenario 5')})`],
    taken: 'debian-12-x64, the newer. Another image is a change of one line and of package names.',
  },
  {
    about: 'Size',
    says: [
      `s-2vcpu-4gb (${runbook('step 1')})`,
      `4 GB and 20 GB at least (${procedures('Scenario 5')})`,
      `far more services than fit (${topology('Hosts')})`,
    ],
    taken: '4 GB and 20 GB are the floor. A host’s size must hold what its services declare to need.',
  },
  {
    about: 'Region',
    says: [
      `nyc1 (${runbook('step 1')})`,
      `"same region" as a host whose region is nowhere stated (${runbook('pre-recovery checklist')})`,
    ],
    taken: 'nyc1, declared. It stays over rebuilds, because a reserved IP cannot leave it.',
  },
  {
    about: 'Homes of agents',
    says: [
      `/root/allegro (${procedures('Automated Backup Scripts')})`,
      `/root/wizards/allegro, and one /root/.hermes for all (${runbook('step 2')})`,
    ],
    taken: '/var/lib/wizards/<agent>, each with a user of its own. No agent runs as root.',
  },
  {
    about: 'Names of units',
    says: [
      `timmy-agent, timmy-health (${procedures('Appendix A')})`,
      `hermes-<agent>, hermes-backend (${runbook('steps 5 and 7')})`,
    ],
    taken: 'hermes-<agent> runs an agent; timmy-agent beats and timmy-health looks, for all of a host.',
  },
  {
    about: 'What provisions',
    says: [
      `doctl and Ansible (${runbook('steps 1 and 6')})`,
      `"Terraform/Cloud-init if available", or a script from the net (${procedures('Scenario 5')})`,
    ],
    taken: 'This program.',
  },
];
