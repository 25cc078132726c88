/** Rules that need the plans: ports, objectives, dependencies. */
import type { Declaration, Host } from '../stacks';
import { settingsIsolation } from '../stacks/model/rules/isolation';
import { nameRules } from '../stacks/model/rules/names';
import { machineRules } from '../stacks/model/rules/machines';
import { siteSettings } from '../stacks/model/rules/sites';
import type { Settings } from '../stacks/model/settings';
import { servicesOf, type Problem } from '../stacks/model/validate';
import { plansOf, services } from '.';
import { backupTools, fetched, isUnpinned } from './artifacts';
import type { ServicePlan } from './plan';

/** Every problem of settings that are right by themselves, beside this declaration; assumes that the declaration itself is valid. */
export const validateSettings = (declaration: Declaration, settings: Settings): Problem[] => [
  ...settingsIsolation(declaration, settings),
  ...machineRules(declaration, settings),
  ...nameRules(declaration, settings),
  ...siteSettings(declaration, settings),
  ...validatePlans(declaration, settings),
];

/** Every problem of the plans of all hosts; assumes that the declaration itself is valid. */
export function validatePlans(declaration: Declaration, settings: Settings): Problem[] {
  return declaration.hosts.flatMap((host, index) => {
    const plans = plansOf(declaration, host, settings);
    const path = `declaration.hosts[${index}]`;
    return [
      ...unknownServices(host, path),
      ...portClashes(plans, path),
      ...standsAlone(declaration, plans, path),
      ...secondPlace(plans, settings, path),
      ...nothingToWarm(host, plans, settings),
      ...unpinned(plans, settings, path),
      ...plans.flatMap((plan) => [...objectives(plan, path), ...dependencies(plan, plans, path)]),
    ];
  });
}

/** "Fleet Topology", section "Redundancy Status": what runs only once is named as a single point of failure, by its plan or by the declaration. */
function standsAlone(declaration: Declaration, plans: ServicePlan[], path: string): Problem[] {
  const declared = declaration.singlePointsOfFailure.map((entry) => entry.service);
  const alone = (plan: ServicePlan) =>
    declaration.hosts.filter((host) => servicesOf(host).includes(plan.name)).length <= 1;
  return plans
    .filter((plan) => alone(plan) && !plan.impact && !declared.includes(plan.name) && !declared.includes(plan.kind))
    .map((plan) => ({
      path: `${path}.services.${plan.name}`,
      message: `${plan.name} runs on one host only; say in singlePointsOfFailure, or in its plan, what is missed without it`,
    }));
}

function secondPlace(plans: ServicePlan[], settings: Settings, path: string): Problem[] {
  return plans.some(({ kind }) => kind === 'repository-mirror') && !settings.mirror
    ? [
        {
          path: 'config fleet:mirror',
          message: `is missing: repository-mirror (${path}.extraServices) needs the second place's url and user; set it, or take the service off`,
        },
      ]
    : [];
}

/** A standby is warm with what the names wait for. */
function nothingToWarm(host: Host, plans: ServicePlan[], settings: Settings): Problem[] {
  return settings.standby[host.name] && !plans.some(({ critical, dataset }) => critical && dataset)
    ? [
        {
          path: `config fleet:standby.${host.name}`,
          message: `${host.name} runs nothing that a standby would keep warm; take it out`,
        },
      ]
    : [];
}

/** What is not pinned could be anything by the time a host fetches it. */
function unpinned(plans: ServicePlan[], settings: Settings, path: string): Problem[] {
  const wanted = [...backupTools, ...plans.flatMap(({ artifacts }) => artifacts)].map((artifact) =>
    fetched(artifact, settings),
  );
  return [
    ...wanted.filter(isUnpinned).map(({ name, version }) => ({
      path: `${path}.artifacts.${name}`,
      message: `${name} ${version} is not pinned; run \`fleet artifacts pin ${name}\`, which checks it against what its makers publish, or set fleet:artifactPins`,
    })),
    ...wanted
      .filter(({ url }) => !url)
      .map(({ name, version }) => ({
        path: 'config fleet.artifactMirror',
        message: `is missing: nobody publishes ${name} ${version}; set it to a mirror that has ${name}-${version}.tar, laid out from /usr/local`,
      })),
  ];
}

function unknownServices(host: Host, path: string): Problem[] {
  return servicesOf(host)
    .filter((name) => !(name in services))
    .map((name) => ({
      path: `${path}.extraServices`,
      message: `there is no service "${name}"; choose one of ${Object.keys(services).join(', ')}`,
    }));
}

/** A port has one owner on a host, whatever its scope. */
export function portClashes(plans: ServicePlan[], path: string): Problem[] {
  const ports = plans.flatMap((plan) =>
    plan.ports.map((port) => ({ key: `${port.port}/${port.protocol}`, service: plan.name })),
  );
  return ports.flatMap((port) => {
    const { key, service } = port;
    const first = ports.find((other) => other.key === key);
    return first && first !== port
      ? [
          {
            path: `${path}.services.${service}.ports`,
            message: `port ${key} is already used by ${first.service}`,
          },
        ]
      : [];
  });
}

/** An objective that no backup interval can meet is a wish, not an objective. */
export function objectives(plan: ServicePlan, path: string): Problem[] {
  const { dataset } = plan;
  const { rpoSeconds } = plan.objectives;
  if (!dataset) return [];
  if (rpoSeconds === undefined)
    return [
      {
        path: `${path}.services.${plan.name}.objectives.rpoSeconds`,
        message: 'is missing: the service has data to lose',
      },
    ];
  const intervals = [
    { part: 'database', seconds: dataset.database ? 1 : 0 },
    {
      part: 'files',
      seconds: dataset.files ? Math.min(dataset.files.settleSeconds, dataset.files.intervalSeconds) : 0,
    },
  ];
  return intervals
    .filter(({ seconds }) => seconds > rpoSeconds)
    .map(({ part, seconds }) => ({
      path: `${path}.services.${plan.name}.objectives.rpoSeconds`,
      message: `${rpoSeconds} s cannot be met: ${part} is backed up ${seconds} s after a change; raise the objective or back up more often`,
    }));
}

function dependencies(plan: ServicePlan, plans: ServicePlan[], path: string): Problem[] {
  return plan.dependsOn
    .filter((name) => !plans.some((other) => other.name === name))
    .map((name) => ({ path: `${path}.services.${plan.name}.dependsOn`, message: `${name} does not run on this host` }));
}
