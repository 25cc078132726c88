/**
 * Roles: which services a host runs by virtue of its role, and which it must never run.
 * "Fleet Topology", sections "Hosts" and "Why Two Hosts?": alpha is the primary stack, beta a lean testbed for Bezalel only.
 */
export interface Role {
  services: string[];
  /** Services and daemons that must not be put on such a host. */
  forbids: string[];
  /** Agents that may live there; `any` is every agent but those that another role claims by name. */
  agents: 'any' | 'none' | string[];
}

export const roles = {
  primary: { services: ['gitea', 'reverse-proxy'], forbids: [], agents: 'any' },
  testbed: {
    services: [],
    forbids: ['gitea', 'reverse-proxy', 'docker', 'strfry', 'timmy-relay', 'ollama'],
    agents: ['bezalel'],
  },
} satisfies Record<string, Role>;

export type RoleName = keyof typeof roles;

/** The role of that name with its general type. */
export function roleOf(name: RoleName): Role {
  return roles[name];
}
