/**
 * The timmy fleet: alpha (primary) and beta (testbed), one stack each.
 * "Fleet Topology", sections "Hosts", "Redundancy Status", "Operational Contacts";
 * "VPS Recovery Runbook", steps 1 and 8; "Emergency Procedures", appendix "RTO / RPO".
 */
import type { Declaration } from './schema';

const minutes = (n: number) => n * 60;

/** Every agent the documents name, with exactly one home each. */
const agents: Declaration['agents'] = [
  { name: 'allegro', homes: ['alpha'], status: 'active', source: { repository: 'Timmy_Foundation/hermes-allegro', ref: 'main' } },
  { name: 'adagio', homes: ['alpha'], status: 'active', source: { repository: 'Timmy_Foundation/hermes-adagio', ref: 'main' } },
  { name: 'ezra', homes: ['alpha'], status: 'active', source: { repository: 'Timmy_Foundation/hermes-ezra', ref: 'main' } },
  {
    name: 'bilbobagginshire',
    homes: ['alpha'],
    status: 'active',
    source: { repository: 'Timmy_Foundation/hermes-bilbobagginshire', ref: 'main' },
  },
  { name: 'bezalel', homes: ['beta'], status: 'active', source: { repository: 'Timmy_Foundation/hermes-bezalel', ref: 'main' } },
];

/** What both stacks share. */
const common = {
  fleet: 'timmy',
  agents,
  tags: [],
  monitor: { intervalSeconds: 60, timeoutSeconds: 10, failures: 5 },
  objectives: {
    // "RTO / RPO": Gitea 30 minutes, real-time; a rebuild has its own number ("under an hour").
    forge: { rpoSeconds: 5, rtoRestartSeconds: minutes(30), rtoRebuildSeconds: minutes(60) },
    proxy: { rpoSeconds: minutes(60), rtoRestartSeconds: minutes(30), rtoRebuildSeconds: minutes(60) },
    // "RTO / RPO": agent operations 15 minutes, 15 minutes.
    agent: { rpoSeconds: minutes(15), rtoRestartSeconds: minutes(15), rtoRebuildSeconds: minutes(60) },
  },
  // The only retention taken from a script is 30 days ("Backup Strategy").
  backup: { filesIntervalSeconds: minutes(60), retentionDays: 30 },
  certificates: 'acme',
  protect: true,
} satisfies Partial<Declaration>;

export const alpha: Declaration = {
  ...common,
  stack: 'alpha',
  hosts: [
    {
      name: 'alpha',
      role: 'primary',
      aliases: ['hermes'],
      region: 'nyc1',
      // The runbook's s-2vcpu-4gb is the floor for the forge alone; alpha also runs four agents.
      size: 's-4vcpu-8gb',
      image: 'debian-12-x64',
      knownIps: ['167.99.126.228', '143.198.27.163'],
      extraServices: [],
      publicNames: ['forge'],
      contact: { primaryAgent: 'Allegro', rebuildSource: 'off-host store, secrets of the stack' },
    },
  ],
  singlePointsOfFailure: [
    { service: 'gitea', impact: 'Gitea is on one host: without it the forge and the agents’ coordination are offline.' },
    { service: 'reverse-proxy', impact: 'The public name of the forge is served by one host.' },
    { service: 'hermes-agent', impact: 'Agent state is per host.' },
  ],
};

export const beta: Declaration = {
  ...common,
  stack: 'beta',
  hosts: [
    {
      name: 'beta',
      role: 'testbed',
      aliases: [],
      region: 'nyc1',
      size: 's-1vcpu-2gb',
      image: 'debian-12-x64',
      knownIps: ['104.131.15.18'],
      extraServices: [],
      publicNames: [],
      contact: { primaryAgent: 'Bezalel', rebuildSource: 'off-host store, secrets of the stack' },
    },
  ],
  singlePointsOfFailure: [{ service: 'hermes-agent', impact: 'Agent state is per host.' }],
};
