/**
 * The store of the fleet's backups, in an account of its own and in regions where the fleet is not: `fleet:` settings and tokens are per stack. No
 * document of the fleet names one; "Backup Strategy" only asks that backups be off the host.
 */
import { debian12 } from '../outside/images';
import type { Declaration, Host } from '../model/schema';
import { store as serving, storeCopy } from './roles';

const hour = 3600;

const site = (name: string, role: Host['role'], region: string, label: string): Host => ({
  name,
  role,
  aliases: [],
  region,
  // Twice what `needs` of its services says is there today: disk is what a store runs out of.
  size: 's-4vcpu-8gb',
  image: debian12.value,
  knownIps: [],
  extraServices: [],
  publicNames: [label],
  contact: { primaryAgent: 'none', rebuildSource: 'the other site of the store', documented: 'nothing' },
});

/** The stack, from what the fleet's stacks share. */
export const storeOf = (common: Omit<Declaration, 'stack' | 'hosts' | 'singlePointsOfFailure'>): Declaration => ({
  ...common,
  stack: 'store',
  hosts: [site('store-1', serving, 'ams3', 'store'), site('store-2', storeCopy, 'fra1', 'store-copy')],
  agents: [],
  lanes: [],
  models: [],
  repositories: [],
  proof: null,
  // The copy is what proves a store; what is lost with the first site is what was written since the last pull.
  sites: { pullSeconds: 900, lagSeconds: hour, replacedDays: 30, scrubDays: 31, fullDays: 21 },
  singlePointsOfFailure: [{ service: 'reverse-proxy', impact: 'The store has no public name: nothing is backed up.' }],
});
