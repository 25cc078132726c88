/** What makes a store worth relying on: it runs nothing else, has a second site elsewhere, and neither site is where the fleet is. */
import { publicName } from '../names';
import type { Declaration, Host } from '../schema';
import type { Settings } from '../settings';
import { isStore } from '../sites';
import type { Problem } from '../validate';

/** Services of either site, and what serves its name. */
const SERVICES: Record<'serves' | 'copies', string[]> = { serves: ['reverse-proxy', 'store'], copies: ['store-copy'] };

/** Every problem of a declaration's sites. `servicesOf` names the services of a host. */
export function siteRules(declaration: Declaration, servicesOf: (host: Host) => string[]): Problem[] {
  const misplaced = declaration.hosts.flatMap((host, index) => misplacedOn(host, servicesOf(host), index));
  if (!isStore(declaration))
    return [
      ...misplaced,
      ...(declaration.sites
        ? [{ path: 'sites', message: 'no host of this stack is a site of a store; take it out' }]
        : []),
    ];
  return [...misplaced, ...pairing(declaration), ...pace(declaration), ...reach(declaration)];
}

function misplacedOn({ name, role }: Host, services: string[], index: number): Problem[] {
  const path = `hosts[${index}].role`;
  const own = role.store ? SERVICES[role.store] : [];
  const others = services.filter((service) => !own.includes(service));
  const parts = services.filter((service) => ['store', 'store-copy'].includes(service) && !own.includes(service));
  if (!role.store)
    return parts.map((service) => ({
      path,
      message: `${service} on ${name}, which is no site of the store: backups would be lost with what they are of; give it a host of a stack of its own`,
    }));
  return [
    ...others.map((service) => ({
      path,
      message: `${name} is a site of the store and would run ${service} beside it: whoever gets in there has every backup; put it on another host`,
    })),
    ...own
      .filter((service) => !services.includes(service))
      .map((service) => ({
        path,
        message: `${name} is a site of the store and lacks ${service}; name it in its role`,
      })),
    ...(role.agents === 'none'
      ? []
      : [{ path: `${path}.agents`, message: `${name} is a site of the store, where no agent may live; write none` }]),
  ];
}

function pairing({ hosts }: Declaration): Problem[] {
  const [serving, copying] = (['serves', 'copies'] as const).map((store) =>
    hosts.filter(({ role }) => role.store === store),
  );
  const [first, second] = [serving?.[0], copying?.[0]];
  if (hosts.length !== 2 || !first || !second)
    return [
      {
        path: 'hosts',
        message: `a store is two hosts, one that serves it and one that copies it; here ${serving?.length ?? 0} serve, ${copying?.length ?? 0} copy, and there are ${hosts.length}`,
      },
    ];
  return first.region === second.region
    ? [
        {
          path: `hosts[${hosts.indexOf(second)}].region`,
          message: `${second.name} is in ${second.region} like ${first.name}: what takes one site takes the other; choose another region`,
        },
      ]
    : [];
}

function pace({ sites }: Declaration): Problem[] {
  if (!sites) return [{ path: 'sites', message: 'is missing: say how the second site follows the first' }];
  return sites.lagSeconds >= 2 * sites.pullSeconds
    ? []
    : [
        {
          path: 'sites.lagSeconds',
          message: `a copy is ${sites.pullSeconds} s old just before the next pull, and older while that runs: ${sites.lagSeconds} s would be a false alarm; write at least ${2 * sites.pullSeconds}`,
        },
      ];
}

/** The sites find each other by name, and a host of the stack that is backed up there must not be one. */
const reach = ({ hosts }: Declaration): Problem[] =>
  hosts.flatMap(({ name, publicNames }, index) =>
    publicNames.length === 1
      ? []
      : [
          {
            path: `hosts[${index}].publicNames`,
            message: `${name} needs one public name, by which the other site finds it`,
          },
        ],
  );

/** Settings of a stack that is a store: it is the store that they name, and its sites always reach each other. */
export function siteSettings(
  declaration: Declaration,
  {
    store,
    zone,
    sshSources,
    standby,
    sitePublicKey,
  }: Pick<Settings, 'store' | 'zone' | 'sshSources' | 'standby' | 'sitePublicKey'>,
): Problem[] {
  if (!isStore(declaration)) return [];
  const [label] = declaration.hosts.find(({ role }) => role.store === 'serves')?.publicNames ?? [];
  const own = label === undefined ? undefined : `https://${publicName(label, zone.name)}`;
  return [
    ...(own === undefined || store.endpoint.replace(/\/$/, '') === own
      ? []
      : [
          {
            path: 'config fleet:store.endpoint',
            message: `this stack is the store at ${own}, and ${store.endpoint} is another one; write ${own}`,
          },
        ]),
    ...(sshSources.includes('0.0.0.0/0')
      ? []
      : [
          {
            path: 'config fleet:sshSources',
            message:
              'the other site logs in from a machine whose address changes with each rebuild; take it out, only keys let anybody in',
          },
        ]),
    ...(sitePublicKey === undefined
      ? [{ path: 'config fleet:sitePublicKey', message: `is missing; run \`fleet init --stack ${declaration.stack}\`` }]
      : []),
    ...Object.keys(standby).map((host) => ({
      path: `config fleet:standby.${host}`,
      message: 'a store has a second site instead of a standby; take it out',
    })),
  ];
}
