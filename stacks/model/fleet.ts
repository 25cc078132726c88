/** What a folder of stacks/ exports: everything that is particular to one fleet. */
import type { Claims, Contacts, Contradictions, External, Gap, Named } from './documents';
import type { Declaration, Host } from './schema';
import { servicesOf } from './validate';

export interface Fleet {
  name: string;
  /** Zone of the public names in the fleet's documents. A stack's settings say which zone they are made in. */
  zone: string;
  /** Its declared stacks; one of them runs the forge. */
  stacks: [Declaration, ...Declaration[]];
  /** The stack that is their store, where the fleet runs it itself. */
  store?: Declaration;
  /** Name of the smallest rehearsal, which a drill makes unless it is asked for another one. */
  rehearsal: string;
  /** Size of its host, which has the forge and one agent. */
  rehearsalSize: string;
  /** Who keeps the generated documents, and by whose authority. */
  keepers: string;
  contacts: Contacts;
  contradictions: Contradictions;
  /** What the fleet's documents claim of its redundancy, and what holds. */
  claims?: Claims;
  externals: External[];
  gaps: Gap[];
  named: Named[];
}

/** Whether the fleet's forge is on the host. */
export const runsForge = (host: Host): boolean => servicesOf(host).includes('gitea');

/** The stack with the fleet's forge, which everything else is cloned from. */
export function forgeStackOf({ name, stacks }: Fleet): Declaration {
  const found = stacks.find(({ hosts }) => hosts.some(runsForge));
  if (!found) throw new Error(`no stack of fleet ${name} runs a forge; give the role of one of its hosts gitea`);
  return found;
}
