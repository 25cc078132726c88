/** A picture of the fleet in Mermaid, which forges render: hosts as boxes, services in them, and every way that is open between them. */
import type { ServicePlan } from '../../services';
import type { DocumentedHost, DocumentedFleet } from './fleet';

interface Node {
  id: string;
  label: string;
}

/** Mermaid ends a label at some characters and takes some words for its own. */
const idOf = (...parts: string[]): string => parts.join('_').replace(/[^A-Za-z0-9]/g, '_');
const labelOf = (text: string): string => text.replaceAll('"', '#quot;');

const portsOf = (plan: ServicePlan, scope: 'public' | 'loopback'): number[] =>
  plan.ports.filter((port) => port.scope === scope).map(({ port }) => port);

/** The whole picture. */
export function diagram(fleet: DocumentedFleet): string {
  return [
    'flowchart LR',
    '  world(("Public"))',
    '  operators(["Operators"])',
    '  store[("Object store")]',
    ...fleet.hosts.flatMap(boxOf),
    ...edges(fleet),
  ].join('\n');
}

function boxOf({ host, declaration, plans }: DocumentedHost): string[] {
  const agents = plans.filter(({ movable }) => movable);
  const services = plans.filter(({ movable }) => !movable);
  return [
    `  subgraph ${idOf(host.name)}["${labelOf(`${host.name} · ${host.role.name} · ${host.region} · stack ${declaration.stack}`)}"]`,
    ...services.map((plan) => shape(nodeOf(host.name, plan))),
    ...(agents.length
      ? [
          `    subgraph ${idOf(host.name, 'agents')}["agents"]`,
          ...agents.map((plan) => `  ${shape(nodeOf(host.name, plan))}`),
          '    end',
        ]
      : []),
    '  end',
  ];
}

function nodeOf(host: string, plan: ServicePlan): Node {
  const own = portsOf(plan, 'loopback').join(', ');
  return {
    id: idOf(host, plan.name),
    label: [plan.name, portsOf(plan, 'public').join(', '), own && `loopback ${own}`].filter(Boolean).join('<br>'),
  };
}

const shape = ({ id, label }: Node): string => `    ${id}["${labelOf(label)}"]`;

function edges(fleet: DocumentedFleet): string[] {
  return [...fleet.hosts.flatMap((one) => edgesOf(one)), ...lanes(fleet)];
}

function edgesOf({ host, plans }: DocumentedHost): string[] {
  const has = (name: string) => plans.some((plan) => plan.name === name);
  const proxied = plans.filter((plan) => plan.site).map((plan) => plan.name);
  const behind = has('reverse-proxy') ? [...(has('gitea') ? ['gitea'] : []), ...proxied] : [];
  const agents =
    plans.some(({ movable }) => movable) && has('gitea')
      ? [`  ${idOf(host.name, 'agents')} -->|"loopback"| ${idOf(host.name, 'gitea')}`]
      : [];
  return [
    ...plans.flatMap((plan) =>
      portsOf(plan, 'public').length
        ? [`  world -->|"${portsOf(plan, 'public').join(', ')}"| ${idOf(host.name, plan.name)}`]
        : [],
    ),
    ...behind.map((name) => `  ${idOf(host.name, 'reverse-proxy')} --> ${idOf(host.name, name)}`),
    ...agents,
    `  operators -->|"22"| ${idOf(host.name)}`,
    `  ${idOf(host.name)} -->|"backups"| store`,
  ];
}

/** A lane ends at the service that listens there. */
function lanes(fleet: DocumentedFleet): string[] {
  return unique(fleet.hosts.flatMap(({ declaration }) => declaration.lanes)).map((lane) => {
    const to = fleet.hosts.find(({ host }) => host.name === lane.to);
    const listens = to?.plans.find((plan) =>
      plan.ports.some(({ port, protocol }) => port === lane.port && protocol === lane.protocol),
    );
    return `  ${idOf(lane.from)} -->|"${lane.port}, ${labelOf(lane.purpose)}"| ${listens ? idOf(lane.to, listens.name) : idOf(lane.to)}`;
  });
}

/** Both stacks declare what they share. */
export const unique = <T>(all: T[]): T[] =>
  all.filter((one, index) => all.findIndex((other) => JSON.stringify(other) === JSON.stringify(one)) === index);
