/** Registry of the services, and the plans of one host. */
import type { Declaration, Host } from '../stacks';
import type { Settings } from '../stacks/settings';
import { agentsOf, servicesOf } from '../stacks/validate';
import type { Context } from './context';
import { gitea } from './gitea';
import { hermesAgent } from './hermes-agent';
import type { ServicePlan } from './plan';
import { reverseProxy } from './reverse-proxy';

/** Services by name; adding one is adding its file and its line here and in a role. */
export const services: Record<string, (context: Context) => ServicePlan> = { gitea, 'reverse-proxy': reverseProxy };

/** Fully qualified public name: `forge` in `example.org` is `forge.example.org`, `@` is the zone itself. */
export const publicName = (name: string, zone: string) => (name === '@' ? zone : `${name}.${zone}`);

/** Plans of everything that runs on a host, dependencies first. Unknown services are left to validation. */
export function plansOf(declaration: Declaration, host: Host, settings: Settings): ServicePlan[] {
  const names = servicesOf(host);
  const publicNames = host.publicNames.map((name) => publicName(name, settings.zone.name));
  const context: Context = {
    publicNames,
    zone: settings.zone.name,
    forgeUrl: names.includes('gitea') ? 'http://127.0.0.1:3000' : `https://forge.${settings.zone.name}`,
    forgeAdmin: settings.forgeAdmin,
    certificates: declaration.certificates,
    objectives: declaration.objectives,
    backup: declaration.backup,
    agents: agentsOf(declaration, host),
  };
  return [
    ...names.filter((name) => name in services).map((name) => services[name](context)),
    ...context.agents.map((agent) => hermesAgent(agent, context)),
  ];
}

export type { ServicePlan } from './plan';
