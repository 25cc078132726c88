/** What the documents are written from: a fleet, and the plans of the services on each of its hosts. */
import { plansOf, publicName, type ServicePlan } from '../../services';
import type { Agent, Declaration, Host } from '../../stacks';
import type { Fleet } from '../../stacks/model/fleet';
import { settingsSchema, type Settings } from '../../stacks/model/settings';

export interface DocumentedHost {
  declaration: Declaration;
  host: Host;
  plans: ServicePlan[];
}

export interface DocumentedFleet extends Fleet {
  hosts: DocumentedHost[];
  agents: Agent[];
}

/** Settings belong to an account, not to the fleet: these stand in for them, and no document shows any but the zone's name. */
export const standInSettings = (zone: string): Settings =>
  settingsSchema.parse({
    zone: { id: '0'.repeat(32), name: zone },
    store: { endpoint: 'https://store.example.org', region: 'us-east-1', bucketPrefix: 'backups' },
    forgeAdmin: { name: 'admin', email: 'admin@example.org' },
    deployPublicKey: 'ssh-ed25519 AAAA',
    backupRecipient: 'age1stand1n',
  });

/** A fleet with the plans of its hosts. */
export function documented(fleet: Fleet): DocumentedFleet {
  const settings = standInSettings(fleet.zone);
  return {
    ...fleet,
    hosts: fleet.stacks.flatMap((declaration) =>
      declaration.hosts.map((host) => ({ declaration, host, plans: plansOf(declaration, host, settings) })),
    ),
    agents: fleet.stacks[0].agents,
  };
}

/** Every plan of the fleet with its host. */
export const placed = (fleet: DocumentedFleet): Array<{ host: Host; plan: ServicePlan }> =>
  fleet.hosts.flatMap(({ host, plans }) => plans.map((plan) => ({ host, plan })));

/** Fully qualified public names of a host. */
export const namesOf = (fleet: DocumentedFleet, host: Host): string[] =>
  host.publicNames.map((label) => publicName(label, fleet.zone));
