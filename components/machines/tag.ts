/** Tag of the droplets of a machine, a host's own or its twin. It carries the stack's name, so that a drill never joins production rules. */
export const tagOf = (stack: string, machine: string) => `${stack}-${machine}`;
