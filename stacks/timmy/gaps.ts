/** What the documents name and the fleet does not have, or could not learn from them. What is here is not silently missing. */
import type { Gap } from '../model/documents';

const topology = 'Fleet Topology';
const runbook = 'VPS Recovery Runbook';
const procedures = 'Emergency Procedures';

export const gaps: Gap[] = [
  {
    subject: 'Agent Allegro-Primus',
    source: `${procedures}, "Contacts"`,
    why: 'Only the oldest document knows it. It is kept in the agents’ table as legacy and runs nowhere. Its autonomy mode (a flag file, AUTONOMY_MODE_ACTIVE, that lets it work through its backlog alone while the father is silent) has no counterpart, and nobody looks for father messages that no longer come.',
    closes: 'Its status in the agents’ table: active, with one home.',
  },
  {
    subject: 'Kimi VPS',
    source: `${procedures}, "Contacts"`,
    why: 'Allegro’s former host (143.198.27.52), with its heartbeat, morning reports and metrics; the newer documents have Allegro on alpha. Nothing is declared for it.',
    closes: 'A last look with locate-legacy for what it still holds, then its deletion.',
  },
  {
    subject: 'Standby of the forge',
    source: `${runbook}, "Post-Mortem Actions" and "Related"`,
    why: 'Off: a lost host is rebuilt from the store instead. Nothing fails over by itself: keepalived needs a shared network that the provider does not have.',
    closes: 'The setting fleet:standby of alpha: a second droplet that restores on a timer and that a person promotes.',
  },
  {
    subject: 'Docker',
    source: `${runbook}, step 2`,
    why: 'Named "if applicable" for Matrix Conduit only, and nothing of the fleet needs it. Beta must not have it.',
    closes: 'docker among the extra services of its host.',
  },
  {
    subject: 'Ansible playbooks of timmy-config',
    source: `${runbook}, step 6`,
    why: 'What they set up is declared here; the playbooks themselves are not public. Their logs (/var/log/ansible, ~/.hermes/logs/sprint) are replaced by the journal.',
    closes: 'Nothing: this is the reading taken.',
  },
  {
    subject: 'Cron jobs of timmy-config',
    source: `${runbook}, "Current Mitigations" and step 6`,
    why: 'cron/ is called the source of truth, but what is in it is not public. Here what runs at set times are units of the services; nothing installs a crontab.',
    closes: 'Each job as a timer of its service, or as one more service file.',
  },
  {
    subject: 'Hosts in another cloud',
    source: `${topology}, "Why Two Hosts?"`,
    why: 'Another region is a word in the declaration; another provider is not: machine, reserved IP and firewall are DigitalOcean’s. When its account is closed, or the provider is out, a rebuild waits.',
    closes:
      'One more folder beside components/machines/digitalocean, by the contract in components/machines/driver.ts.',
  },
  {
    subject: 'Security updates of running hosts',
    source: `${runbook}, step 2`,
    why: '"apt upgrade" is not taken over: it asks questions and restarts services. A new host gets the newest packages; a running one keeps its own.',
    closes: 'unattended-upgrades for the security archive, or a rebuild at times.',
  },
  {
    subject: 'Issues about beta',
    source: `${procedures}, "Emergency Notification Flow"`,
    why: 'A host other than the forge’s has no token for its API: its P1 goes to Telegram, and where that is off to its own journal only.',
    closes: 'A secret setting with a token for one repository, in the stack of that host.',
  },
  {
    subject: 'P0 of lost data',
    source: `${procedures}, "Emergency Classification"`,
    why: 'A host tells by itself that all of its agents are down. That data is lost shows in a rebuild, in a proof of the backups or to a person; no program says P0 for it.',
    closes: 'A signal of category data from whatever notices it.',
  },
  {
    subject: 'Trial of the alarm’s way',
    source: `${procedures}, "Testing Procedures"`,
    why: 'A drill tries signals up to the journal; no message is sent to Telegram, alarmCommand or alarmWebhook unless something is wrong, so a dead channel is found on the day it is needed.',
    closes: 'A message that says it is a test, from a monthly timer.',
  },
  {
    subject: 'Maintenance page',
    source: `${runbook}, "Rollback Plan"`,
    why: 'An A record cannot lead to "a 502", and no document names a machine that would serve a page.',
    closes: 'An address that serves one, as a public name.',
  },
  {
    subject: 'Rollback to a host that came back',
    source: `${runbook}, "Rollback Plan"`,
    why: 'Before the cutover a rebuild is abandoned at no loss. After it, writes live on the new host only; nothing carries them back.',
    closes: 'A restore of the new host’s newest point on the old one, or the loss accepted in words.',
  },
  {
    subject: 'Private contacts',
    source: `${procedures}, "Contacts" and "Scenario 1"`,
    why: '"Agreed method" is not written down; the Telegram chat and its token are settings of the stack. Every escalation ends at one person.',
    closes: 'A second person, and a second way to reach the first.',
  },
  {
    subject: 'Registrar of the domain',
    source: `${procedures}, "Contacts"`,
    why: '"Registrar console" is all that is said: neither its name nor the day of renewal.',
    closes: 'Both, in the list of contacts.',
  },
  {
    subject: 'Custody of the store’s administrator key',
    source: `${topology}, "Operational Contacts"`,
    why: 'The documents know no off-host store, so nobody is named who keeps its key.',
    closes: 'A name, in the list of contacts.',
  },
  {
    subject: 'Second copy of the store',
    source: `${runbook}, "Related"`,
    why: 'The fleet’s own store (stack store) has a second site. One of somebody else’s, which `fleet:store` may name instead, has what its provider gives.',
    closes: '`bin/fleet up --stack store`, and `fleet:store` of the other stacks set to it.',
  },
  {
    subject: 'Old backups of the live hosts',
    source: `${runbook}, "Current Mitigations"`,
    why: 'Where backup_databases.sh writes and what it covers is marked as to be found out, on hosts that this project cannot see.',
    closes: 'locate-legacy on the old host, given every place that the documents name.',
  },
  {
    subject: 'Second place from which a host is seen',
    source: `${procedures}, "Failover Architecture"`,
    why: 'One watcher outside decides after failed checks in a row that a host is dead. Its own network can be what failed, so it alarms; a person starts the rebuild.',
    closes: 'A second watcher elsewhere.',
  },
  {
    subject: 'Herald dispatch',
    source: `${runbook}, step 9`,
    why: 'The check files an issue and watches a dispatch, but no document says what dispatches, where it runs, or what a dispatch looks like.',
    closes: 'Its repository, as one more service file.',
  },
  {
    subject: 'Ports of the webhook receivers and of CI automation',
    source: `${topology}, "Hosts"`,
    why: 'No document states them; 8646 and 8647 on loopback are the fleet’s own choice.',
    closes: 'A word from whoever runs them.',
  },
  {
    subject: 'Ports of Evennia',
    source: `${topology}, "Hosts"`,
    why: 'No document states them; Evennia’s own defaults are used, on loopback, so nobody outside reaches the academy.',
    closes: 'The decision which of them are public.',
  },
  {
    subject: 'Hour of the morning report',
    source: `${procedures}, "RTO / RPO"`,
    why: 'No document states it; 06:00 UTC.',
    closes: 'A word from who reads it.',
  },
  {
    subject: 'Ref of timmy-config',
    source: `${runbook}, step 3`,
    why: 'The documents clone whatever main is; no release is named to pin.',
    closes: 'A tag in the declaration’s refs.',
  },
  {
    subject: 'Repositories of the agents and services',
    source: `${topology}, "Operational Contacts"`,
    why: 'They are not public: their names follow one pattern that no document confirms, and drills run small samples of them.',
    closes: 'Their names, in the agents’ table and the service files.',
  },
  {
    subject: 'Binary of strfry',
    source: `${topology}, "Hosts"`,
    why: 'Its makers publish source only: the host builds it from the pinned commit, which takes minutes. That build has been rehearsed with a stand-in’s source only.',
    closes: 'A first `up` of alpha, or a release with a binary for Debian.',
  },
  {
    subject: 'Binaries of Tailscale and Matrix Conduit',
    source: `${procedures}, "Failover Architecture"; ${runbook}, step 2`,
    why: 'Both are off. Tailscale comes from its makers’ archives, which no rehearsal has tried; of Conduit no address stays, so who switches it on brings the binary.',
    closes: 'The binary in a mirror (`fleet:artifactMirror`) and its SHA-256 in `fleet:artifactPins`.',
  },
  {
    subject: 'Checkpoints of agents pushed to the forge',
    source: `${topology}, "Redundancy Status"`,
    why: 'Homes are checkpointed into a git repository of their own, which is backed up off the host; no document names the repository they would be pushed to.',
    closes: 'A repository for each agent.',
  },
  {
    subject: 'Agents that move between stacks',
    source: `${topology}, "Redundancy Status"`,
    why: 'Each stack encrypts its backups with a key of its own, so one stack cannot read what another wrote.',
    closes: 'The same backup key in both stacks, or the agents of both in one stack.',
  },
  {
    subject: 'Failover instance of Allegro',
    source: `${procedures}, "Failover Architecture"`,
    why: 'A second active copy of an agent is what the one-home rule forbids; the agent is moved instead.',
    closes: 'Nothing: this is the reading taken.',
  },
  {
    subject: 'Sync between the two older hosts',
    source: `${procedures}, "Failover Architecture"`,
    why: 'The document gives no mechanism; the store takes its place.',
    closes: 'Nothing: this is the reading taken.',
  },
  {
    subject: 'nexus.timmytime.net',
    source: `${runbook}, step 8`,
    why: 'A future name without a target, in a zone the fleet does not hold.',
    closes: 'A target, as a public name of its host.',
  },
  {
    subject: 'provision-timmy-vps.sh',
    source: `${procedures}, "Scenario 5"`,
    why: 'Its address cannot exist; this program takes its place.',
    closes: 'Nothing: this is the reading taken.',
  },
  {
    subject: 'Weekly copy of the configuration, monthly image of the system',
    source: `${procedures}, "Backup Strategy"`,
    why: 'Neither has a script; every dataset is off the host within seconds or minutes, and a host is made from its declaration, not from an image.',
    closes: 'Nothing: this is the reading taken.',
  },
];
