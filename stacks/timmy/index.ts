/**
 * The timmy fleet: alpha (primary) and beta (testbed), one stack each.
 * "Fleet Topology", sections "Hosts", "Cross-Host Communication", "Redundancy Status", "Operational Contacts";
 * "VPS Recovery Runbook", steps 1 and 8; "Emergency Procedures", appendix "RTO / RPO".
 */
import { debian12 } from '../outside/images';
import type { Declaration } from '../model/schema';
import { agents } from './agents';
import { objectives } from './objectives';

/** Zone of the public names in every document. A stack's settings say which zone they are made in. */
export const zone = 'alexanderwhitestone.com';

/** What both stacks share. */
const common = {
  fleet: 'timmy',
  agents,
  tags: [],
  monitor: { intervalSeconds: 60, timeoutSeconds: 10, failures: 5 },
  // An agent must be back after 15 minutes, so nobody may learn of a dead name later than after 2.
  uptime: { downFor: '2m', certificateDays: 10 },
  objectives,
  // "Cross-Host Communication": beta reaches alpha through HTTPS, and nothing else leads from host to host.
  lanes: [{ from: 'beta', to: 'alpha', protocol: 'tcp', port: 443, purpose: 'forge over HTTPS' }],
  // "Fleet Topology" names qwen3:4b; the older "Emergency Procedures" the other two, for the child.
  models: [
    { name: 'qwen3:4b', required: true },
    { name: 'qwen2.5:1.5b', required: false },
    { name: 'llama3.2:3b', required: false },
  ],
  repositories: [
    { repository: 'allegro-primus/first-steps', purpose: 'messages between father and child, as issues' },
    { repository: 'Timmy_Foundation/epic-work', purpose: 'work of Allegro, a work tree in its home' },
  ],
  refs: {},
  // An agent must be back after 15 minutes. A beat every 15 minutes, and 30 minutes of silence before anybody looks ("Scenario 1"),
  // cannot do that: here a beat comes every 5 minutes and the first one that is missed is an alarm.
  health: { beatSeconds: 300, alarmAfterBeats: 1 },
  // The only retention taken from a script is 30 days ("Backup Strategy"). A lock of 30 days would end 30 days after it was last written, so that
  // machine which renews it would have to live; this one ends for nobody who reads it.
  backup: { filesIntervalSeconds: 3600, retentionDays: 30, lockDays: 36_500 },
  // Every night, with room for a night that took longer.
  proof: { withinSeconds: 30 * 3600 },
  certificates: 'acme',
  certificateSeconds: 600,
  protect: true,
} satisfies Partial<Declaration>;

const rebuildSource = 'off-host store, secrets of the stack';

export const alpha: Declaration = {
  ...common,
  stack: 'alpha',
  hosts: [
    {
      name: 'alpha',
      role: 'primary',
      aliases: ['hermes'],
      region: 'nyc1',
      // The runbook's s-2vcpu-4gb is the floor for the forge alone; this is the smallest that holds every service of the role.
      size: 's-8vcpu-16gb',
      image: debian12.value,
      knownIps: ['167.99.126.228', '143.198.27.163'],
      extraServices: [],
      publicNames: ['forge', 'hooks'],
      contact: { primaryAgent: 'Allegro', rebuildSource },
    },
  ],
  singlePointsOfFailure: [
    {
      service: 'gitea',
      impact: 'Gitea is on one host: without it the forge and the agents’ coordination are offline.',
    },
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
      size: 's-2vcpu-4gb',
      image: debian12.value,
      knownIps: ['104.131.15.18'],
      extraServices: [],
      publicNames: [],
      contact: { primaryAgent: 'Bezalel', rebuildSource },
    },
  ],
  singlePointsOfFailure: [{ service: 'hermes-agent', impact: 'Agent state is per host.' }],
};
