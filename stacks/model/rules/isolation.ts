/**
 * "Fleet Topology", "Why Two Hosts?" and "Cross-Host Communication": whatever happens on the testbed stays there. HTTPS is the only thing
 * that leads from one host to another, and no host logs in on another.
 */
import { publicName } from '../names';
import { forbids } from '../roles';
import type { Declaration, Host } from '../schema';
import { isStore } from '../sites';
import type { Problem } from '../validate';

const HTTPS = 443;
const SSH = 22;

/** Every problem of a declaration's isolation. `servicesOf` names the services of a host. */
export function isolation(declaration: Declaration, servicesOf: (host: Host) => string[]): Problem[] {
  return [...lanes(declaration), ...forbidden(declaration, servicesOf)];
}

function lanes(declaration: Declaration): Problem[] {
  return declaration.lanes.flatMap((lane, index): Problem[] => {
    const path = `lanes[${index}]`;
    if (lane.from === lane.to) return [{ path, message: `${lane.from} needs no lane to itself; take it out` }];
    if (lane.port === SSH)
      return [
        {
          path,
          message: `no host of the fleet logs in on another: take the SSH lane from ${lane.from} to ${lane.to} out`,
        },
      ];
    if (lane.port !== HTTPS || lane.protocol !== 'tcp') {
      return [
        {
          path,
          message: `only HTTPS (443/tcp) leads from one host to another; ${lane.from} may not reach ${lane.to} at ${lane.port}/${lane.protocol}`,
        },
      ];
    }
    return [];
  });
}

function forbidden(declaration: Declaration, servicesOf: (host: Host) => string[]): Problem[] {
  return declaration.hosts.flatMap((host, index) =>
    servicesOf(host)
      .filter((service) => forbids(host.role, service))
      .map((service) => ({
        path: `hosts[${index}].extraServices`,
        message: `role ${host.role.name} forbids ${service} on ${host.name}; take it off or choose another host`,
      })),
  );
}

/** Settings that would open what the declaration keeps closed: SSH from a host's address, a host as an operator, backups on a host that they are of. */
export function settingsIsolation(
  declaration: Declaration,
  settings: {
    sshSources: string[];
    operators: { name: string }[];
    store: { endpoint: string };
    zone: { name: string };
  },
): Problem[] {
  const names = new Set([
    ...declaration.hosts.flatMap((host) => [host.name, ...host.aliases]),
    ...declaration.lanes.flatMap(({ from, to }) => [from, to]),
  ]);
  const addresses = declaration.hosts.flatMap((host) => host.knownIps.map((ip) => ({ ip, host: host.name })));
  const store = new URL(settings.store.endpoint).hostname;
  const own = [
    ...addresses.map(({ ip }) => ip),
    ...declaration.hosts.flatMap((host) => host.publicNames.map((label) => publicName(label, settings.zone.name))),
  ];
  return [
    ...(own.includes(store) && !isStore(declaration)
      ? [
          {
            path: 'config fleet:store.endpoint',
            message: `${store} is a host of this stack: its backups would be lost with it; name a store elsewhere`,
          },
        ]
      : []),
    ...settings.sshSources.flatMap((source, index) =>
      addresses
        .filter(({ ip }) => source === `${ip}/32`)
        .map(({ host }) => ({
          path: `config fleet:sshSources[${index}]`,
          message: `is an address of ${host}: no host of the fleet logs in on another; take it out`,
        })),
    ),
    ...settings.operators.flatMap(({ name }, index) =>
      names.has(name)
        ? [
            {
              path: `config fleet:operators[${index}].name`,
              message: `"${name}" is a host: no host of the fleet logs in on another; name a person or a machine outside`,
            },
          ]
        : [],
    ),
  ];
}

/** Whether hosts of the role may reach any port outside; others reach the web, names, time and the store, sites of a store each other too. */
export const reachesEverything = (host: Host) => host.role.egress === 'all-but-ssh';
