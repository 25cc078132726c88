/** A register and a machine of it, by their names. */
import { registers } from '../../stacks';
import type { Register } from '../../stacks/model/register/schema';
import { validateRegister } from '../../stacks/model/register/validate';
import { listOf } from '../../stacks/model/validate';
import { EXIT, UserError } from '../lib/errors';

/** The register of a fleet, checked; without a name the only one there is. */
export function registerOf(fleet: string | undefined, all: readonly Register[] = registers): Register {
  const found = fleet === undefined && all.length === 1 ? all[0] : all.find(({ name }) => name === fleet);
  if (!found)
    throw new UserError(
      `${fleet === undefined ? 'Name a fleet with --fleet' : `There is no register of a fleet "${fleet}"`}; there are: ${all.map(({ name }) => name).join(', ')}.`,
      undefined,
      EXIT.usage,
    );
  const problems = validateRegister(found, found.name);
  if (problems.length) throw new UserError(listOf(problems));
  return found;
}

/** The name of a machine of the register, as it is; another one is a usage error. */
export function machineOf({ name, machines }: Register, machine: string): string {
  if (!machines.some((one) => one.name === machine))
    throw new UserError(
      `There is no machine "${machine}" in the register of ${name}; there are: ${machines.map((one) => one.name).join(', ')}.`,
      undefined,
      EXIT.usage,
    );
  return machine;
}
