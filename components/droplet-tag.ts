/** Tag of a host's droplets. It carries the stack's name, so that a drill never joins production rules. */
export const tagOf = (stack: string, host: string) => `${stack}-${host}`;
