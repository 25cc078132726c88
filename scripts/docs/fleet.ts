/** What the documents are written from: the hosts of the fleet with the plans of their services, and what the declaration says beside them. */
import { plansOf, publicName, type ServicePlan } from '../../services';
import type { Agent, Declaration, Host } from '../../stacks';
import { settingsSchema, type Settings } from '../../stacks/model/settings';
import { alpha, beta, zone } from '../../stacks/timmy';
import { contradictions } from '../../stacks/timmy/contradictions';
import { contacts } from '../../stacks/timmy/contacts';
import { externals } from '../../stacks/timmy/externals';
import { gaps } from '../../stacks/timmy/gaps';
import { named } from '../../stacks/timmy/named';

export interface DocumentedHost {
  declaration: Declaration;
  host: Host;
  plans: ServicePlan[];
}

export interface Fleet {
  zone: string;
  hosts: DocumentedHost[];
  agents: Agent[];
  contacts: typeof contacts;
  contradictions: typeof contradictions;
  externals: typeof externals;
  gaps: typeof gaps;
  named: typeof named;
}

/** Settings belong to an account, not to the fleet: these stand in for them, and no document shows any but the zone's name. */
export const standInSettings: Settings = settingsSchema.parse({
  zone: { id: '0'.repeat(32), name: zone },
  store: { endpoint: 'https://store.example.org', region: 'us-east-1', bucketPrefix: 'timmy' },
  forgeAdmin: { name: 'admin', email: 'admin@example.org' },
  deployPublicKey: 'ssh-ed25519 AAAA',
  backupRecipient: 'age1stand1n',
});

/** The timmy fleet, or these stacks of it. */
export function fleetOf(stacks: Declaration[] = [alpha, beta]): Fleet {
  return {
    zone,
    hosts: stacks.flatMap((declaration) =>
      declaration.hosts.map((host) => ({ declaration, host, plans: plansOf(declaration, host, standInSettings) })),
    ),
    agents: stacks[0].agents,
    contacts,
    contradictions,
    externals,
    gaps,
    named,
  };
}

/** Every plan of the fleet with its host. */
export const placed = (fleet: Fleet): Array<{ host: Host; plan: ServicePlan }> =>
  fleet.hosts.flatMap(({ host, plans }) => plans.map((plan) => ({ host, plan })));

/** Fully qualified public names of a host. */
export const namesOf = (fleet: Fleet, host: Host): string[] =>
  host.publicNames.map((label) => publicName(label, fleet.zone));
