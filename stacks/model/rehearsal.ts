/** Throwaway copies of a stack: the same hosts and services, none of its names, addresses or guarantees. */
import { forgeStackOf, runsForge, type Fleet } from './fleet';
import { required } from './required';
import type { Declaration } from './schema';

/** Everything is back after this long, whatever the fleet itself promises. */
const ALL_BACK_SECONDS = 300;
const FORGE: Declaration['objectives']['forge'] = { rpoSeconds: 5, rtoRestartSeconds: 60, rtoRebuildSeconds: 60 };

/** Name of the throwaway copy of a stack. */
export const rehearsalName = (stack: string): string => `drill-${stack}`;

/** A declaration that can be made and destroyed on the embedded cloud without touching anything of the stack it is taken from. */
export function rehearsalOf(declaration: Declaration): Declaration {
  return {
    ...declaration,
    kind: 'rehearsal',
    stack: rehearsalName(declaration.stack),
    hosts: declaration.hosts.map((host) => ({ ...host, aliases: [], knownIps: [] })),
    monitor: { intervalSeconds: 3, timeoutSeconds: 2, failures: 3 },
    // A rehearsal has a monitor of its own, and its names live for minutes.
    uptime: null,
    objectives: { ...within(declaration.objectives), forge: FORGE },
    refs: { ...declaration.refs, 'fleet-config': 'v1' },
    health: { beatSeconds: 30, alarmAfterBeats: 1 },
    // The shortest that the rules allow.
    backup: { filesIntervalSeconds: 300, keep: { everySecondHours: 30, hourlyDays: 2, dailyDays: 3 } },
    proof: null,
    // Minutes of a drill stand for what takes hours.
    ...(declaration.sites ? { sites: { ...declaration.sites, pullSeconds: 15, lagSeconds: 60 } } : {}),
    // Caddy tries again after a minute.
    certificateSeconds: 90,
    protect: false,
  };
}

/** The smallest rehearsal of a fleet: its forge and the first agent beside it on a host of their own, with objectives a rehearsal can be held to. */
export function forgeRehearsalOf(fleet: Fleet): Declaration {
  const declaration = forgeStackOf(fleet);
  const rehearsal = rehearsalOf(declaration);
  const host = required(rehearsal.hosts.find(runsForge), `a forge in stack ${declaration.stack}`);
  const beside = declaration.agents.filter(({ homes }) => homes.includes(host.name));
  return {
    ...rehearsal,
    stack: fleet.rehearsal,
    hosts: [
      {
        ...host,
        role: {
          name: 'forge',
          services: ['gitea', 'reverse-proxy'],
          forbids: [],
          agents: 'any',
          egress: 'all-but-ssh',
        },
        size: fleet.rehearsalSize,
        publicNames: [declaration.forge.label],
      },
    ],
    agents: declaration.agents
      .filter((agent) => !beside.slice(1).includes(agent))
      .map((agent) => ({ ...agent, workTrees: [] })),
    repositories: [],
    objectives: {
      ...declaration.objectives,
      forge: FORGE,
      proxy: { rpoSeconds: 60, rtoRestartSeconds: 60, rtoRebuildSeconds: 60 },
      agent: { rpoSeconds: 900, rtoRestartSeconds: 900, rtoRebuildSeconds: 900 },
    },
  };
}

/** The same objectives with the time that a rebuild may take at a rehearsal. */
const within = (objectives: Declaration['objectives']): Declaration['objectives'] =>
  Object.fromEntries(
    Object.entries(objectives).map(([name, one]) => [
      name,
      { ...one, rtoRebuildSeconds: Math.min(one.rtoRebuildSeconds, ALL_BACK_SECONDS) },
    ]),
  ) as Declaration['objectives'];
