/** "Fleet Topology", sections "Hosts" and "Why Two Hosts?": alpha is the primary stack, beta a lean testbed for Bezalel only. */
import type { Role } from '../model/schema';

export const primary: Role = {
  name: 'primary',
  services: [
    // The forge first: the others are cloned from it.
    'gitea',
    'reverse-proxy',
    'fleet-config',
    'api-token',
    'hermes-backend',
    'webhooks',
    'ci-automation',
    'metrics',
    'morning-reports',
    'fleet-health',
    'distress',
    'strfry',
    'fleet-relay',
    'ollama',
    'evennia',
  ],
  forbids: [],
  agents: 'any',
  egress: 'all-but-ssh',
};

/** What backups are stored on runs nothing else. */
export const store: Role = {
  name: 'store',
  services: ['store', 'reverse-proxy'],
  forbids: 'others',
  agents: 'none',
  egress: 'site',
  store: 'serves',
};

export const storeCopy: Role = {
  name: 'store-copy',
  services: ['store-copy'],
  forbids: 'others',
  agents: 'none',
  egress: 'site',
  store: 'copies',
};

export const testbed: Role = {
  name: 'testbed',
  services: ['fleet-config', 'fleet-health', 'distress', 'actions-runner'],
  forbids: 'others',
  agents: ['bezalel'],
  egress: 'web',
  told: 'Our secondary testbed host runs dedicated build verification and security hardening workloads.',
};
