/** Where Gitea lives and how it is reached. */
import type { Contradiction } from '../../model/documents';
import { procedures, runbook, topology } from './cited';

export const forge: Contradiction[] = [
  {
    about: 'Data of the forge',
    says: [
      `/var/lib/gitea, user gitea (${runbook('step 4')})`,
      `/root/gitea, run by root (${procedures('Scenario 3')})`,
    ],
    taken: '/var/lib/gitea, user gitea: Gitea refuses to run as root.',
  },
  {
    about: 'Address of the forge’s API',
    says: [
      `https://forge.alexanderwhitestone.com (${topology('Hosts')})`,
      `localhost:3000 (${topology('Cross-Host Communication')})`,
      `http://143.198.27.163:3000, in clear and public (${procedures('Scenario 3')})`,
    ],
    taken:
      'Port 3000 on loopback for what runs on the same host, HTTPS for everyone else. A public port 3000 is a finding, not a requirement.',
  },
  {
    about: 'What a healthy forge answers',
    says: [`200 (${runbook('step 4')})`, `HTTP/2 200 (${runbook('step 9')})`],
    taken: 'A GET answers 200; then a commit and an issue are written and read back. The protocol does not matter.',
  },
  {
    about: 'How Gitea is started',
    says: [`"./gitea web &" (${procedures('Scenario 3')})`, `"or if using systemd" (the same)`],
    taken: 'By systemd only.',
  },
  {
    about: 'Root logins',
    says: [
      `"SSH root (shared)" for two agents (${procedures('Contacts')})`,
      `SSH key authentication (${procedures('Scenario 5')})`,
    ],
    taken: 'One key for each person or machine that may log in; agents do not.',
  },
];
