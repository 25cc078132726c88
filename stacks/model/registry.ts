/** The declarations of several fleets by the name of their stack: the declared ones, and those that are derived from them. */
import { forgeStackOf, type Fleet } from './fleet';
import { proofOf } from './proof';
import { forgeRehearsalOf, rehearsalOf } from './rehearsal';
import type { Declaration } from './schema';
import { throwaway } from './throwaway';
import { required } from './required';

export interface Registry {
  fleets: [Fleet, ...Fleet[]];
  /** Declared stacks, those that are a store among them, and their rehearsals. */
  declarations: Record<string, Declaration>;
  /** The declaration of a stack: one of those, the proof of one that has backups, or a drill's on a real account. */
  declarationNamed: (stack: string) => Declaration | undefined;
}

/** The stacks of these fleets; the first fleet is the one that drills rehearse unless they are asked for another one. */
export function registryOf(...fleets: Registry['fleets']): Registry {
  const all = fleets.flatMap((fleet) => [...fleet.stacks, forgeRehearsalOf(fleet), ...fleet.stacks.map(rehearsalOf)]);
  const stores = fleets.flatMap(({ store }) => (store ? [store, rehearsalOf(store)] : []));
  const declarations = byStack([...all, ...stores]);
  const proofs = byStack(all.map(proofOf));
  const [first] = fleets;
  return {
    fleets,
    declarations,
    declarationNamed: (stack) =>
      [declarations, proofs].find((named) => Object.hasOwn(named, stack))?.[stack] ??
      throwaway(stack, required(declarations[first.rehearsal], `stack ${first.rehearsal}`), forgeStackOf(first)),
  };
}

function byStack(all: Declaration[]): Record<string, Declaration> {
  const twice = all.find(({ stack }, index) => all.findIndex((other) => other.stack === stack) < index);
  if (twice) throw new Error(`stack ${twice.stack} of fleet ${twice.fleet} is declared twice; give it another name`);
  return Object.fromEntries(all.map((declaration) => [declaration.stack, declaration]));
}
