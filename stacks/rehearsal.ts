/** Throwaway copies of a stack: the same hosts and services, none of its names, addresses or guarantees. */
import type { Declaration } from './schema';

/** A declaration that can be made and destroyed on the embedded cloud without touching anything of the stack it is taken from. */
export function rehearsalOf(declaration: Declaration): Declaration {
  return {
    ...declaration,
    fleet: 'rehearsal',
    stack: `drill-${declaration.stack}`,
    hosts: declaration.hosts.map((host) => ({ ...host, aliases: [], knownIps: [] })),
    monitor: { intervalSeconds: 3, timeoutSeconds: 2, failures: 3 },
    objectives: { ...declaration.objectives, forge: { rpoSeconds: 5, rtoRestartSeconds: 60, rtoRebuildSeconds: 60 } },
    models: [{ name: 'tiny:latest', required: true, file: '/usr/local/share/models/tiny.gguf' }],
    refs: { ...declaration.refs, 'timmy-config': 'v1' },
    health: { beatSeconds: 30, alarmAfterBeats: 1 },
    backup: { filesIntervalSeconds: 300, retentionDays: 1 },
    certificates: 'internal',
    protect: false,
  };
}
