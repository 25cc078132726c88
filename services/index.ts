/** Registry of the services, and the plans of one host. */
import type { Declaration, Host } from '../stacks';
import { runsForge } from '../stacks/model/fleet';
import type { Settings } from '../stacks/model/settings';
import { required } from '../stacks/model/required';
import { isStore, otherSite, sitesOf } from '../stacks/model/sites';
import { agentsOf, servicesOf } from '../stacks/model/validate';
import { actionsRunner } from './actions-runner';
import { apiToken } from './api-token';
import { ciAutomation } from './ci-automation';
import type { Context } from './context';
import { distress } from './distress';
import { evennia } from './evennia';
import { fleetHealth } from './fleet-health';
import { gitea } from './gitea';
import { hermesAgent } from './hermes-agent';
import { hermesBackend } from './hermes-backend';
import { metrics } from './metrics';
import { morningReports } from './morning-reports';
import { publicName } from '../stacks/model/names';
import { ollama } from './ollama';
import { docker, matrixConduit, tailscale } from './options';
import type { ServicePlan } from './plan';
import { repositoryMirror } from './repository-mirror';
import { reverseProxy } from './reverse-proxy';
import type { Service } from './service';
import { store, storeCopy } from './store';
import { strfry } from './strfry';
import { fleetConfig } from './fleet-config';
import { fleetRelay } from './fleet-relay';
import { webhooks } from './webhooks';

/** Services by name; adding one is adding its file and its line here and in a role. */
export const services: Record<string, Service> = {
  gitea,
  'reverse-proxy': reverseProxy,
  'fleet-config': fleetConfig,
  'api-token': apiToken,
  'hermes-backend': hermesBackend,
  webhooks,
  'ci-automation': ciAutomation,
  'actions-runner': actionsRunner,
  metrics,
  'morning-reports': morningReports,
  'fleet-health': fleetHealth,
  distress,
  strfry,
  'fleet-relay': fleetRelay,
  ollama,
  evennia,
  'repository-mirror': repositoryMirror,
  store,
  'store-copy': storeCopy,
  docker,
  'matrix-conduit': matrixConduit,
  tailscale,
};

/**
 * Plans of everything that runs on a host, dependencies first. Unknown services are left to validation. A site of a store has no store to be backed up
 * to: what is on it comes from the other site.
 */
export function plansOf(declaration: Declaration, host: Host, settings: Settings): ServicePlan[] {
  const plans = allPlansOf(declaration, host, settings);
  return host.role.store ? plans.map(({ dataset: _, ...plan }) => plan) : plans;
}

function allPlansOf(declaration: Declaration, host: Host, settings: Settings): ServicePlan[] {
  const context = contextOf(declaration, host, settings);
  const planned = (all: Context) => [
    ...servicesOf(host).flatMap((name) => services[name]?.plan(all) ?? []),
    ...all.agents.map((agent) => hermesAgent(agent, all)),
  ];
  // Twice, because the proxy's plan needs to know which names the others claim.
  return planned({ ...context, sites: planned(context).flatMap((plan) => plan.site ?? []) });
}

function contextOf(declaration: Declaration, host: Host, settings: Settings): Context {
  const forgeIsHere = runsForge(host);
  return {
    ...declaration,
    host,
    publicNames: host.publicNames.map((name) => publicName(name, settings.zone.name)),
    zone: settings.zone.name,
    forgeUrl: forgeIsHere
      ? 'http://127.0.0.1:3000'
      : `https://${publicName(declaration.forge.label, settings.zone.name)}`,
    forgeIsHere,
    forgeAdmin: settings.forgeAdmin,
    telegramChat: settings.telegramChat,
    mirror: settings.mirror,
    agents: agentsOf(declaration, host),
    sites: [],
    ...(host.role.store && isStore(declaration) ? { site: siteOf(declaration, host, settings) } : {}),
  };
}

function siteOf(declaration: Declaration, host: Host, settings: Settings): NonNullable<Context['site']> {
  const other = otherSite(declaration, host);
  const name = publicName(required(other.publicNames[0], `a public name of ${other.name}`), settings.zone.name);
  return {
    ...sitesOf(declaration),
    other: { host: other.name, name },
    publicKey: settings.sitePublicKey ?? '',
    region: settings.store.region,
  };
}

export { publicName } from '../stacks/model/names';
export type { ServicePlan } from './plan';
