/** What the documents claim of the fleet's redundancy, and what holds. */
import type { Claims } from '../model/documents';

export const claims: Claims = {
  source: 'Fleet Topology, "Redundancy Status"',
  rows: ({ agentLoss, checkpoint, keptDays, agentsMove }) => [
    [
      '"Gitea is on one host"',
      'yes',
      'One host. Pushes are in the store before they are answered, the database within a second.',
    ],
    [
      '"Nostr relay is on one host"',
      'yes',
      'One host. Events are written down as they come in, and sent back to the relay after a restore.',
    ],
    ['"Agent state is per-host"', 'yes', `One home each; backed up, and checkpointed every ${checkpoint}.`],
    [
      '"All code and configuration is in git"',
      '**no**',
      'Secrets are in the stack’s settings, encrypted; models are pulled again; programs are downloads with a checksum.',
    ],
    [
      '"Gitea itself is the backup for repositories"',
      '**no**',
      `It is lost with its host. The backup is in the store, kept for at least ${keptDays} days.`,
    ],
    [
      '"Agent homes are checkpointed to git periodically"',
      'yes',
      `Every ${checkpoint}, with an alarm when one is older than ${agentLoss}.`,
    ],
    [
      'not yet: "Automatic failover to a second Gitea instance"',
      'still not',
      'Nothing fails over by itself. A rebuild takes its place, or a standby that a person promotes; off by default.',
    ],
    [
      'not yet: "Cross-host agent migration without manual intervention"',
      agentsMove ? 'done within a stack' : 'still not',
      'A change of the agent’s `homes` line: stopped and backed up there, restored and started here. Not between stacks.',
    ],
    [
      'not yet: "Real-time state replication between Alpha and Beta"',
      'still not, on purpose',
      'Alpha replicates to the store. Beta is for breaking things, and must not hold alpha’s data.',
    ],
  ],
};
