/** The fleets, and their stacks by name. Nothing else outside a fleet's own folder knows of it. */
import { registryOf } from './model/registry';
import type { Register } from './model/register/schema';
import { railiance } from './railiance';
import { timmy } from './timmy';

export const { fleets, declarations, declarationNamed } = registryOf(timmy);

/** Fleets on hosts that were there before: what runs there and where it is to go. None of it is deployed. */
export const registers: [Register, ...Register[]] = [railiance];

export type { Agent, Declaration, Host, Lane, Model } from './model/schema';
