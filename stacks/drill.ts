/** The throwaway stack of the drill: alpha's forge and its first agent, with objectives a rehearsal can be held to. */
import { rehearsalOf } from './model/rehearsal';
import type { Declaration } from './model/schema';
import { alpha } from './timmy';

const rehearsal = rehearsalOf(alpha);

export const drill: Declaration = {
  ...rehearsal,
  fleet: 'drill',
  stack: 'drill',
  hosts: rehearsal.hosts.map((host) => ({ ...host, role: 'forge', size: 's-2vcpu-4gb', publicNames: ['forge'] })),
  agents: alpha.agents.filter((agent) => agent.name === 'allegro').map((agent) => ({ ...agent, workTrees: [] })),
  repositories: [],
  objectives: {
    ...alpha.objectives,
    forge: { rpoSeconds: 5, rtoRestartSeconds: 60, rtoRebuildSeconds: 60 },
    proxy: { rpoSeconds: 60, rtoRestartSeconds: 60, rtoRebuildSeconds: 60 },
    agent: { rpoSeconds: 900, rtoRestartSeconds: 900, rtoRebuildSeconds: 900 },
  },
};
