/**
 * What the documents name and the fleet does not have, or could not learn from them: each with why, and what would close it.
 * Data for the generated documents. What is here is not silently missing.
 */
export interface Gap {
  subject: string;
  /** Document and section. */
  source: string;
  why: string;
  /** What would close it. */
  closes: string;
}

const topology = 'Fleet Topology';
const runbook = 'VPS Recovery Runbook';
const procedures = 'Emergency Procedures';

export const gaps: Gap[] = [
  { subject: 'Herald dispatch', source: `${runbook}, step 9`, why: 'The check files an issue and watches a dispatch, but no document says what dispatches, where it runs, or what a dispatch looks like.', closes: 'Its repository, as one more service file.' },
  { subject: 'Ports of the webhook receivers and of CI automation', source: `${topology}, "Hosts"`, why: 'No document states them; 8646 and 8647 on loopback are the fleet’s own choice.', closes: 'A word from whoever runs them.' },
  { subject: 'Ports of Evennia', source: `${topology}, "Hosts"`, why: 'No document states them; Evennia’s own defaults are used, on loopback, so nobody outside reaches the academy.', closes: 'The decision which of them are public.' },
  { subject: 'Hour of the morning report', source: `${procedures}, "RTO / RPO"`, why: 'No document states it; 06:00 UTC.', closes: 'A word from who reads it.' },
  { subject: 'Ref of timmy-config', source: `${runbook}, step 3`, why: 'The documents clone whatever main is; no release is named to pin.', closes: 'A tag in the declaration’s refs.' },
  { subject: 'Repositories of the agents and services', source: `${topology}, "Operational Contacts"`, why: 'They are not public: their names follow one pattern that no document confirms, and drills run small samples of them.', closes: 'Their names, in the agents’ table and the service files.' },
  { subject: 'Binary of strfry', source: `${topology}, "Hosts"`, why: 'Its makers publish source only.', closes: 'A build of it in the fleet’s artifact mirror; without a mirror the host says so and installs nothing.' },
  { subject: 'Binaries of Tailscale and Matrix Conduit', source: `${procedures}, "Failover Architecture"; ${runbook}, step 2`, why: 'Both are off; who switches one on brings its binary.', closes: 'The binary in the artifact mirror.' },
  { subject: 'Checkpoints of agents pushed to the forge', source: `${topology}, "Redundancy Status"`, why: 'Homes are checkpointed into a git repository of their own, which is backed up off the host; no document names the repository they would be pushed to.', closes: 'A repository for each agent.' },
  { subject: 'Agents that move between stacks', source: `${topology}, "Redundancy Status"`, why: 'Each stack encrypts its backups with a key of its own, so one stack cannot read what another wrote.', closes: 'The same backup key in both stacks, or the agents of both in one stack.' },
  { subject: 'Failover instance of Allegro', source: `${procedures}, "Failover Architecture"`, why: 'A second active copy of an agent is what the one-home rule forbids; the agent is moved instead.', closes: 'Nothing: this is the reading taken.' },
  { subject: 'Sync between the two older hosts', source: `${procedures}, "Failover Architecture"`, why: 'The document gives no mechanism; the store takes its place.', closes: 'Nothing: this is the reading taken.' },
  { subject: 'nexus.timmytime.net', source: `${runbook}, step 8`, why: 'A future name without a target, in a zone the fleet does not hold.', closes: 'A target, as a public name of its host.' },
  { subject: 'provision-timmy-vps.sh', source: `${procedures}, "Scenario 5"`, why: 'Its address cannot exist; this program takes its place.', closes: 'Nothing: this is the reading taken.' },
  { subject: 'Weekly copy of the configuration, monthly image of the system', source: `${procedures}, "Backup Strategy"`, why: 'Neither has a script; every dataset is off the host within seconds or minutes, and a host is made from its declaration, not from an image.', closes: 'Nothing: this is the reading taken.' },
];
