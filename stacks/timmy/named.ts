/** Everything that the fleet's documents name, each with how it ends; a test fails when one leads nowhere or is missing. */
import type { Named } from '../model/documents';

const hosts = 'Fleet Topology, "Hosts"';
const runbook = (section: string) => `VPS Recovery Runbook, ${section}`;
const procedures = (section: string) => `Emergency Procedures, "${section}"`;

const SAMPLE = 'Its repository is not public; a drill runs a small sample of it.';

const works = (subject: string, source: string, services: string | string[], note?: string): Named => ({
  subject,
  source,
  ends: { works: [services].flat() },
  note,
});
/** `option` is the service that switches it on. */
const external = (subject: string, source: string, name: string, option?: string): Named => ({
  subject,
  source,
  ends: { external: name },
  option,
});
const gap = (subject: string, source: string, name = subject, option?: string): Named => ({
  subject,
  source,
  ends: { gap: name },
  option,
});

export const named: Named[] = [
  works('Gitea, the forge', `${hosts}; ${runbook('step 4')}; ${procedures('Scenario 3')}`, 'gitea'),
  works('TLS in front of the forge', runbook('step 4 (asked over HTTPS, never described)'), 'reverse-proxy'),
  works('Name forge.alexanderwhitestone.com', `${hosts}; ${runbook('step 8')}`, '.forge'),
  works(
    'Nostr relay strfry',
    hosts,
    'strfry',
    'A drill runs another relay in its place behind the same command line, because nobody publishes a binary.',
  ),
  works('Nostr relay timmy-relay', hosts, 'fleet-relay', SAMPLE),
  works(
    'Ollama and its models',
    `${hosts}; ${procedures('Scenario 2')}`,
    'ollama',
    'A drill plays the registry of the models, and each of them is a tiny one.',
  ),
  works('Agent Allegro ("Father")', `${hosts}; ${procedures('Contacts')}`, 'hermes-allegro', SAMPLE),
  works('Agent Ezra ("Mentor")', `${hosts}; ${procedures('Contacts')}`, 'hermes-ezra', SAMPLE),
  works('Agent Adagio', hosts, 'hermes-adagio', SAMPLE),
  works('Agent Bilbobagginshire', hosts, 'hermes-bilbobagginshire', SAMPLE),
  works('Agent Bezalel', `${hosts}; ${runbook('"Risk Statement"')}`, 'hermes-bezalel', SAMPLE),
  gap('Agent Allegro-Primus ("Child")', procedures('Contacts'), 'Agent Allegro-Primus'),
  works('Heartbeat daemon (timmy-agent)', procedures('Scenario 1'), 'fleet-health'),
  works('Health unit (timmy-health)', procedures('Restore Procedures'), 'fleet-health'),
  works('Fleet-health files', runbook('step 9'), 'fleet-health'),
  works('Morning reports', procedures('Recovery Time Objectives'), 'morning-reports', SAMPLE),
  works('Metrics database', procedures('Recovery Time Objectives'), 'metrics', SAMPLE),
  works('FastAPI backend (hermes-backend)', runbook('step 5'), 'hermes-backend', SAMPLE),
  works('Webhook receivers', hosts, ['webhooks', '.hooks'], SAMPLE),
  works('CI automation, trigger side', hosts, 'ci-automation', SAMPLE),
  works('CI execution on the testbed', 'Fleet Topology, "Why Two Hosts?"', 'actions-runner'),
  works('Evennia, the Timmy Academy', hosts, 'evennia', SAMPLE),
  works('timmy-config and its ~/.hermes tree', runbook('step 3'), 'fleet-config', SAMPLE),
  works('gitea-api.sh and its token', runbook('pre-recovery checklist and step 9'), 'api-token'),
  works(
    'Repository epic-work',
    procedures('Automated Backup Scripts'),
    'hermes-allegro',
    'A work tree in Allegro’s home, kept with what is not committed.',
  ),
  works(
    'Repository allegro-primus/first-steps',
    procedures('Scenario 4'),
    ['gitea', 'distress'],
    'A repository of the forge; its issues carry the messages.',
  ),
  works('Father messages and distress signals', procedures('Communication Protocols'), 'distress'),
  works(
    '.env files',
    'Fleet Topology, "Operational Contacts"',
    ['gitea', 'webhooks'],
    'Secrets of the stack, filled in when a service is installed; never in git in clear, never in a backup of the host.',
  ),
  external('Telegram', procedures('Emergency Notification Flow'), 'Telegram'),
  external('DigitalOcean', `${runbook('step 1')}; ${procedures('Scenario 5')}`, 'DigitalOcean'),
  external('DNS of the zone', runbook('step 8'), 'Cloudflare'),
  external('Domain and its registrar', procedures('Contacts'), 'Registrar of the zone'),
  external('Off-site store of the backups', runbook('"Related", future'), 'Object store'),
  external('Model downloads', procedures('Scenario 2'), 'Ollama’s model registry'),
  external(
    'Mirror of all repositories on GitHub',
    runbook('"Post-Mortem Actions"'),
    'Second place for repositories (GitHub)',
    'repository-mirror',
  ),
  external('Packages and programs of a new host', runbook('step 2'), 'Debian archives'),
  external(
    'Programs that Debian does not carry',
    `${hosts}; ${runbook('step 2')}`,
    'Official downloads, or the fleet’s artifact mirror',
  ),
  external('Certificates', runbook('step 4 (asked over HTTPS, never described)'), 'Certificate authority (ACME)'),
  gap(
    'Standby of the forge, cold or hot',
    runbook('"Post-Mortem Actions" and "Related", future'),
    'Standby of the forge',
  ),
  gap('Docker', `${hosts}; ${runbook('step 2')}`, 'Docker', 'docker'),
  gap('Matrix Conduit', runbook('step 2'), 'Binaries of Tailscale and Matrix Conduit', 'matrix-conduit'),
  gap('Tailscale mesh', procedures('Failover Architecture'), 'Binaries of Tailscale and Matrix Conduit', 'tailscale'),
  gap('Herald dispatch', runbook('step 9')),
  gap('Failover instance of Allegro', procedures('Failover Architecture')),
  gap('Sync between Kimi and Hermes', procedures('Failover Architecture'), 'Sync between the two older hosts'),
  gap('Kimi VPS', procedures('Contacts')),
  gap('timmy-home and provision-timmy-vps.sh', procedures('Scenario 5'), 'provision-timmy-vps.sh'),
  gap('Cron jobs of timmy-config', runbook('"Current Mitigations" and step 6')),
  gap('Hosts in other regions or clouds', 'Fleet Topology, "Why Two Hosts?"', 'Hosts in another cloud'),
  gap('Autonomy mode of the child', procedures('Scenario 4'), 'Agent Allegro-Primus'),
  gap('Ansible playbooks', runbook('step 6'), 'Ansible playbooks of timmy-config'),
  gap('Name nexus.timmytime.net', runbook('step 8'), 'nexus.timmytime.net'),
  gap('Maintenance page', runbook('"Rollback Plan"')),
  gap(
    'Weekly configuration copy and monthly system image',
    procedures('Backup Strategy'),
    'Weekly copy of the configuration, monthly image of the system',
  ),
];
