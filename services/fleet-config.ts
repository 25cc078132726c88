/**
 * The configuration repository at its declared ref, laid over the canonical tree by its own `deploy.sh`.
 * "VPS Recovery Runbook", "Existing Mitigations" and step 3. There it is cloned from the forge that is being rebuilt; here the forge is
 * back first, and where it is not (another host), the bundle that is kept with the backups does.
 */
import type { Service } from './service';
import { sourced } from './sourced';

/** What the repository, the user and the unit are called. */
const configOf = (fleet: string): string => `${fleet}-config`;

/** Where `deploy.sh` lays the configuration of the agents. */
export const agentConfig = (fleet: string): string => `/var/lib/${configOf(fleet)}/.hermes/config.yaml`;

export const fleetConfig: Service = {
  plan: (context) =>
    sourced(context, {
      name: 'fleet-config',
      kind: 'fleet-config',
      deployed: configOf(context.fleet),
      description: 'Configuration of the fleet, from its repository',
      impact: 'The configuration tree of the host is not brought up to date.',
      entry: 'deploy.sh',
      calendar: '*:0/5',
      readable: true,
      needs: { memoryMiB: 64, diskGiB: 1 },
    }),
};
