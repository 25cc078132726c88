/** The throwaway stack of the drill: alpha's forge and its first agent, with objectives a rehearsal can be held to. */
import type { Declaration } from './schema';
import { alpha } from './timmy';

export const drill: Declaration = {
  ...alpha,
  fleet: 'drill',
  stack: 'drill',
  hosts: alpha.hosts.map((host) => ({ ...host, aliases: [], knownIps: [], size: 's-2vcpu-4gb' })),
  agents: alpha.agents.filter((agent) => agent.name === 'allegro'),
  monitor: { intervalSeconds: 3, timeoutSeconds: 2, failures: 3 },
  objectives: {
    forge: { rpoSeconds: 5, rtoRestartSeconds: 60, rtoRebuildSeconds: 60 },
    proxy: { rpoSeconds: 60, rtoRestartSeconds: 60, rtoRebuildSeconds: 60 },
    agent: { rpoSeconds: 900, rtoRestartSeconds: 900, rtoRebuildSeconds: 900 },
  },
  backup: { filesIntervalSeconds: 300, retentionDays: 1 },
  certificates: 'internal',
  protect: false,
};
