import type { Owner } from '../../stacks/model/names';

/** Tag of the droplets of a machine, a host's own or its twin. It carries the names of fleet and stack, so that a drill never joins production rules. */
export const tagOf = ({ fleet, stack }: Owner, machine: string) => `${fleet}-${stack}-${machine}`;
