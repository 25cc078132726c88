/** Settings of hosts' machines that mean nothing, or something else than they seem to. */
import type { Declaration } from '../schema';
import type { Settings } from '../settings';
import type { Problem } from '../validate';

export function machineRules(
  declaration: Declaration,
  { standby, rebuild }: Pick<Settings, 'standby' | 'rebuild'>,
): Problem[] {
  const hosts = declaration.hosts.map(({ name }) => name);
  const unknown = (key: string, named: object): Problem[] =>
    Object.keys(named)
      .filter((name) => !hosts.includes(name))
      .map((name) => ({
        path: `config fleet:${key}.${name}`,
        message: `there is no host "${name}" in this stack; its hosts: ${hosts.join(', ')}`,
      }));
  return [
    ...unknown('standby', standby),
    ...unknown('rebuild', rebuild),
    ...[...new Set([...Object.keys(standby), ...Object.keys(rebuild)])]
      .filter((name) => hosts.includes(`${name}-twin`))
      .map((name) => ({
        path: `config fleet:rebuild.${name}`,
        message: `the second machine of ${name} would be called ${name}-twin, which is a host; rename that host`,
      })),
  ];
}
