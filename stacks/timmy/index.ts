/**
 * The timmy fleet: alpha (primary), beta (testbed) and the store of their backups, one stack each. Facts come from the Timmy Foundation documents: "Fleet Topology"
 * (2026-04-06), "VPS Recovery Runbook" (2026-04-26) and "Emergency Procedures" (2026-03-31); the newest date wins where they differ.
 *
 * "Fleet Topology", sections "Hosts", "Cross-Host Communication", "Redundancy Status", "Operational Contacts";
 * "VPS Recovery Runbook", steps 1 and 8; "Emergency Procedures", appendix "RTO / RPO".
 */
import { debian12 } from '../outside/images';
import type { Fleet } from '../model/fleet';
import type { Declaration } from '../model/schema';
import { agents } from './agents';
import { claims } from './claims';
import { contacts } from './contacts';
import { contradictions } from './contradictions';
import { externals } from './externals';
import { gaps } from './gaps';
import { named } from './named';
import { objectives } from './objectives';
import { primary, testbed } from './roles';
import { storeOf } from './store';

/** What both stacks share. */
const common = {
  fleet: 'timmy',
  kind: 'declared',
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
  forge: {
    title: 'Timmy Foundation Forge',
    organization: 'Timmy_Foundation',
    label: 'forge',
    signals: 'allegro-primus/first-steps',
  },
  repositories: [
    { repository: 'allegro-primus/first-steps', purpose: 'messages between father and child, as issues' },
    { repository: 'Timmy_Foundation/epic-work', purpose: 'work of Allegro, a work tree in its home' },
  ],
  refs: {},
  // An agent must be back after 15 minutes. A beat every 15 minutes, and 30 minutes of silence before anybody looks ("Scenario 1"),
  // cannot do that: here a beat comes every 5 minutes and the first one that is missed is an alarm.
  health: { beatSeconds: 300, alarmAfterBeats: 1 },
  // The only retention taken from a script is 30 days ("Backup Strategy").
  backup: { filesIntervalSeconds: 3600, keep: { everySecondHours: 48, hourlyDays: 7, dailyDays: 30 } },
  // Every night, with room for a night that took longer.
  proof: { withinSeconds: 30 * 3600 },
  certificates: 'acme',
  certificateSeconds: 600,
  protect: true,
} satisfies Partial<Declaration>;

const contact = (primaryAgent: string) => ({
  primaryAgent,
  rebuildSource: 'off-host store, secrets of the stack',
  documented:
    'Gitea repos + .env files (Fleet Topology, "Operational Contacts"): the forge cannot be what the forge’s host is rebuilt from',
});

const alpha: Declaration = {
  ...common,
  stack: 'alpha',
  hosts: [
    {
      name: 'alpha',
      role: primary,
      aliases: ['hermes'],
      region: 'nyc1',
      // The runbook's s-2vcpu-4gb is the floor for the forge alone; this is the smallest that holds every service of the role.
      size: 's-8vcpu-16gb',
      image: debian12.value,
      knownIps: ['167.99.126.228', '143.198.27.163'],
      extraServices: [],
      publicNames: ['forge', 'hooks'],
      contact: contact('Allegro'),
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

const beta: Declaration = {
  ...common,
  stack: 'beta',
  hosts: [
    {
      name: 'beta',
      role: testbed,
      aliases: [],
      region: 'nyc1',
      size: 's-2vcpu-4gb',
      image: debian12.value,
      knownIps: ['104.131.15.18'],
      extraServices: [],
      publicNames: [],
      contact: contact('Bezalel'),
    },
  ],
  singlePointsOfFailure: [{ service: 'hermes-agent', impact: 'Agent state is per host.' }],
};

export const timmy: Fleet = {
  name: common.fleet,
  zone: 'alexanderwhitestone.com',
  stacks: [alpha, beta],
  store: storeOf(common),
  rehearsal: 'drill',
  rehearsalSize: 's-2vcpu-4gb',
  keepers:
    'Operational reference, kept by Bezalel (Fleet Topology) and the Timmy Foundation Infrastructure Team (VPS Recovery Runbook); authority: Alexander Whitestone (Emergency Procedures).',
  contacts,
  contradictions,
  claims,
  externals,
  gaps,
  named,
};
