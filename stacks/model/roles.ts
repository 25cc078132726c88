/**
 * Roles: which services a host runs by virtue of its role, and what it must never run.
 * "Fleet Topology", sections "Hosts" and "Why Two Hosts?": alpha is the primary stack, beta a lean testbed for Bezalel only.
 */
export interface Role {
  services: string[];
  /** Services and daemons that must not be put on such a host; `others` is everything that the role does not name. */
  forbids: string[] | 'others';
  /** Agents that may live there; `any` is every agent. */
  agents: 'any' | 'none' | string[];
  /**
   * What may leave the host: `all-but-ssh` because no host ever logs in on another, `web` (HTTPS, the packages' HTTP, names,
   * time, the store) where nothing else of the fleet may be in reach.
   */
  egress: 'all-but-ssh' | 'web';
}

export const roles = {
  primary: {
    services: [
      // The forge first: the others are cloned from it.
      'gitea',
      'reverse-proxy',
      'timmy-config',
      'api-token',
      'hermes-backend',
      'webhooks',
      'ci-automation',
      'metrics',
      'morning-reports',
      'fleet-health',
      'distress',
      'strfry',
      'timmy-relay',
      'ollama',
      'evennia',
    ],
    forbids: [],
    agents: 'any',
    egress: 'all-but-ssh',
  },
  /** The forge alone: what the drill rehearses by default, and the floor of any primary. */
  forge: { services: ['gitea', 'reverse-proxy'], forbids: [], agents: 'any', egress: 'all-but-ssh' },
  testbed: {
    services: ['timmy-config', 'fleet-health', 'distress', 'actions-runner'],
    forbids: 'others',
    agents: ['bezalel'],
    egress: 'web',
  },
} satisfies Record<string, Role>;

export type RoleName = keyof typeof roles;

/** The role of that name with its general type. */
export function roleOf(name: RoleName): Role {
  return roles[name];
}

/** Whether a role keeps a service off its hosts. */
export function forbids(name: RoleName, service: string): boolean {
  const role = roleOf(name);
  return role.forbids === 'others' ? !role.services.includes(service) : role.forbids.includes(service);
}
