/** Everything that the fleet's documents name, each with how it ends; a test fails when one leads nowhere or is missing. */
import type { Named } from '../model/documents';

const hosts = 'Fleet Topology, "Hosts"';
const runbook = (section: string) => `VPS Recovery Runbook, ${section}`;
const procedures = (section: string) => `Emergency Procedures, "${section}"`;

const SAMPLE = 'Its repository is not public; a drill runs a small sample of it.';

export const named: Named[] = [
  {
    subject: 'Gitea, the forge',
    source: `${hosts}; ${runbook('step 4')}; ${procedures('Scenario 3')}`,
    ends: { works: ['gitea'] },
  },
  {
    subject: 'TLS in front of the forge',
    source: runbook('step 4 (asked over HTTPS, never described)'),
    ends: { works: ['reverse-proxy'] },
  },
  {
    subject: 'Name forge.alexanderwhitestone.com',
    source: `${hosts}; ${runbook('step 8')}`,
    ends: { works: ['.forge'] },
  },
  {
    subject: 'Nostr relay strfry',
    source: hosts,
    ends: { works: ['strfry'] },
    note: 'A drill runs another relay in its place behind the same command line, because nobody publishes a binary.',
  },
  { subject: 'Nostr relay timmy-relay', source: hosts, ends: { works: ['fleet-relay'] }, note: SAMPLE },
  {
    subject: 'Ollama and its models',
    source: `${hosts}; ${procedures('Scenario 2')}`,
    ends: { works: ['ollama'] },
    note: 'A drill plays the registry of the models, and each of them is a tiny one.',
  },
  {
    subject: 'Agent Allegro ("Father")',
    source: `${hosts}; ${procedures('Contacts')}`,
    ends: { works: ['hermes-allegro'] },
    note: SAMPLE,
  },
  {
    subject: 'Agent Ezra ("Mentor")',
    source: `${hosts}; ${procedures('Contacts')}`,
    ends: { works: ['hermes-ezra'] },
    note: SAMPLE,
  },
  { subject: 'Agent Adagio', source: hosts, ends: { works: ['hermes-adagio'] }, note: SAMPLE },
  { subject: 'Agent Bilbobagginshire', source: hosts, ends: { works: ['hermes-bilbobagginshire'] }, note: SAMPLE },
  {
    subject: 'Agent Bezalel',
    source: `${hosts}; ${runbook('"Risk Statement"')}`,
    ends: { works: ['hermes-bezalel'] },
    note: SAMPLE,
  },
  { subject: 'Agent Allegro-Primus ("Child")', source: procedures('Contacts'), ends: { gap: 'Agent Allegro-Primus' } },
  { subject: 'Heartbeat daemon (timmy-agent)', source: procedures('Scenario 1'), ends: { works: ['fleet-health'] } },
  {
    subject: 'Health unit (timmy-health)',
    source: procedures('Restore Procedures'),
    ends: { works: ['fleet-health'] },
  },
  { subject: 'Fleet-health files', source: runbook('step 9'), ends: { works: ['fleet-health'] } },
  {
    subject: 'Morning reports',
    source: procedures('Recovery Time Objectives'),
    ends: { works: ['morning-reports'] },
    note: SAMPLE,
  },
  {
    subject: 'Metrics database',
    source: procedures('Recovery Time Objectives'),
    ends: { works: ['metrics'] },
    note: SAMPLE,
  },
  {
    subject: 'FastAPI backend (hermes-backend)',
    source: runbook('step 5'),
    ends: { works: ['hermes-backend'] },
    note: SAMPLE,
  },
  { subject: 'Webhook receivers', source: hosts, ends: { works: ['webhooks', '.hooks'] }, note: SAMPLE },
  { subject: 'CI automation, trigger side', source: hosts, ends: { works: ['ci-automation'] }, note: SAMPLE },
  {
    subject: 'CI execution on the testbed',
    source: 'Fleet Topology, "Why Two Hosts?"',
    ends: { works: ['actions-runner'] },
  },
  { subject: 'Evennia, the Timmy Academy', source: hosts, ends: { works: ['evennia'] }, note: SAMPLE },
  {
    subject: 'timmy-config and its ~/.hermes tree',
    source: runbook('step 3'),
    ends: { works: ['fleet-config'] },
    note: SAMPLE,
  },
  {
    subject: 'gitea-api.sh and its token',
    source: runbook('pre-recovery checklist and step 9'),
    ends: { works: ['api-token'] },
  },
  {
    subject: 'Repository epic-work',
    source: procedures('Automated Backup Scripts'),
    ends: { works: ['hermes-allegro'] },
    note: 'A work tree in Allegro’s home, kept with what is not committed.',
  },
  {
    subject: 'Repository allegro-primus/first-steps',
    source: procedures('Scenario 4'),
    ends: { works: ['gitea', 'distress'] },
    note: 'A repository of the forge; its issues carry the messages.',
  },
  {
    subject: 'Father messages and distress signals',
    source: procedures('Communication Protocols'),
    ends: { works: ['distress'] },
  },
  {
    subject: '.env files',
    source: 'Fleet Topology, "Operational Contacts"',
    ends: { works: ['gitea', 'webhooks'] },
    note: 'Secrets of the stack, filled in when a service is installed; never in git in clear, never in a backup of the host.',
  },
  { subject: 'Telegram', source: procedures('Emergency Notification Flow'), ends: { external: 'Telegram' } },
  {
    subject: 'DigitalOcean',
    source: `${runbook('step 1')}; ${procedures('Scenario 5')}`,
    ends: { external: 'DigitalOcean' },
  },
  { subject: 'DNS of the zone', source: runbook('step 8'), ends: { external: 'Cloudflare' } },
  { subject: 'Domain and its registrar', source: procedures('Contacts'), ends: { external: 'Registrar of the zone' } },
  {
    subject: 'Off-site store of the backups',
    source: runbook('"Related", future'),
    ends: { external: 'Object store' },
  },
  { subject: 'Model downloads', source: procedures('Scenario 2'), ends: { external: 'Ollama’s model registry' } },
  {
    subject: 'Mirror of all repositories on GitHub',
    source: runbook('"Post-Mortem Actions"'),
    ends: { external: 'Second place for repositories (GitHub)' },
    option: 'repository-mirror',
  },
  { subject: 'Packages and programs of a new host', source: runbook('step 2'), ends: { external: 'Debian archives' } },
  {
    subject: 'Programs that Debian does not carry',
    source: `${hosts}; ${runbook('step 2')}`,
    ends: { external: 'Official downloads, or the fleet’s artifact mirror' },
  },
  {
    subject: 'Certificates',
    source: runbook('step 4 (asked over HTTPS, never described)'),
    ends: { external: 'Certificate authority (ACME)' },
  },
  {
    subject: 'Standby of the forge, cold or hot',
    source: runbook('"Post-Mortem Actions" and "Related", future'),
    ends: { gap: 'Standby of the forge' },
  },
  { subject: 'Docker', source: `${hosts}; ${runbook('step 2')}`, ends: { gap: 'Docker' }, option: 'docker' },
  {
    subject: 'Matrix Conduit',
    source: runbook('step 2'),
    ends: { gap: 'Binaries of Tailscale and Matrix Conduit' },
    option: 'matrix-conduit',
  },
  {
    subject: 'Tailscale mesh',
    source: procedures('Failover Architecture'),
    ends: { gap: 'Binaries of Tailscale and Matrix Conduit' },
    option: 'tailscale',
  },
  { subject: 'Herald dispatch', source: runbook('step 9'), ends: { gap: 'Herald dispatch' } },
  {
    subject: 'Failover instance of Allegro',
    source: procedures('Failover Architecture'),
    ends: { gap: 'Failover instance of Allegro' },
  },
  {
    subject: 'Sync between Kimi and Hermes',
    source: procedures('Failover Architecture'),
    ends: { gap: 'Sync between the two older hosts' },
  },
  { subject: 'Kimi VPS', source: procedures('Contacts'), ends: { gap: 'Kimi VPS' } },
  {
    subject: 'timmy-home and provision-timmy-vps.sh',
    source: procedures('Scenario 5'),
    ends: { gap: 'provision-timmy-vps.sh' },
  },
  {
    subject: 'Cron jobs of timmy-config',
    source: runbook('"Current Mitigations" and step 6'),
    ends: { gap: 'Cron jobs of timmy-config' },
  },
  {
    subject: 'Hosts in other regions or clouds',
    source: 'Fleet Topology, "Why Two Hosts?"',
    ends: { gap: 'Hosts in another cloud' },
  },
  { subject: 'Autonomy mode of the child', source: procedures('Scenario 4'), ends: { gap: 'Agent Allegro-Primus' } },
  { subject: 'Ansible playbooks', source: runbook('step 6'), ends: { gap: 'Ansible playbooks of timmy-config' } },
  { subject: 'Name nexus.timmytime.net', source: runbook('step 8'), ends: { gap: 'nexus.timmytime.net' } },
  { subject: 'Maintenance page', source: runbook('"Rollback Plan"'), ends: { gap: 'Maintenance page' } },
  {
    subject: 'Weekly configuration copy and monthly system image',
    source: procedures('Backup Strategy'),
    ends: { gap: 'Weekly copy of the configuration, monthly image of the system' },
  },
];
