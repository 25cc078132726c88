/** Settings of a standby that mean nothing, or something else than they seem to. */
import type { Declaration } from '../schema';
import type { Settings } from '../settings';
import type { Problem } from '../validate';

export function standbyRules(declaration: Declaration, { standby, promote }: Pick<Settings, 'standby' | 'promote'>): Problem[] {
  const hosts = declaration.hosts.map(({ name }) => name);
  const unknown = (key: string, named: object): Problem[] =>
    Object.keys(named)
      .filter((name) => !hosts.includes(name))
      .map((name) => ({ path: `config fleet.${key}.${name}`, message: `there is no host "${name}" in this stack; its hosts: ${hosts.join(', ')}` }));
  return [
    ...unknown('standby', standby),
    ...unknown('promote', promote),
    ...Object.entries(promote)
      .filter(([name, times]) => hosts.includes(name) && times > 0 && !standby[name])
      .map(([name]) => ({ path: `config fleet.promote.${name}`, message: `${name} has no standby to promote; declare one (fleet:standby.${name}.everyMinutes), or raise fleet:rebuild.${name} instead` })),
    ...Object.keys(standby)
      .filter((name) => hosts.includes(`${name}-twin`))
      .map((name) => ({ path: `config fleet.standby.${name}`, message: `the standby of ${name} would be called ${name}-twin, which is a host; rename that host` })),
  ];
}
