/** The fleets, and their stacks by name. Nothing else outside a fleet's own folder knows of it. */
import { registryOf } from './model/registry';
import { timmy } from './timmy';

export const { fleets, declarations, declarationNamed } = registryOf(timmy);

export type { Agent, Declaration, Host, Lane, Model } from './model/schema';
