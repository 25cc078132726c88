/** Rules that need the plans: ports, objectives, dependencies. */
import type { Declaration, Host } from '../stacks';
import type { Settings } from '../stacks/settings';
import { servicesOf, type Problem } from '../stacks/validate';
import { plansOf, services } from '.';
import type { ServicePlan } from './plan';

/** Every problem of the plans of all hosts; assumes that the declaration itself is valid. */
export function validatePlans(declaration: Declaration, settings: Settings): Problem[] {
  return declaration.hosts.flatMap((host, index) => {
    const plans = plansOf(declaration, host, settings);
    const path = `declaration.hosts[${index}]`;
    return [...unknownServices(host, path), ...portClashes(plans, path), ...plans.flatMap((plan) => [...objectives(plan, path), ...dependencies(plan, plans, path)])];
  });
}

function unknownServices(host: Host, path: string): Problem[] {
  return servicesOf(host)
    .filter((name) => !(name in services))
    .map((name) => ({ path: `${path}.extraServices`, message: `there is no service "${name}"; choose one of ${Object.keys(services).join(', ')}` }));
}

/** A port has one owner on a host, whatever its scope. */
export function portClashes(plans: ServicePlan[], path: string): Problem[] {
  const ports = plans.flatMap((plan) => plan.ports.map((port) => ({ key: `${port.port}/${port.protocol}`, service: plan.name })));
  return ports.flatMap(({ key, service }, index) => {
    const first = ports.findIndex((other) => other.key === key);
    return first < index ? [{ path: `${path}.services.${service}.ports`, message: `port ${key} is already used by ${ports[first].service}` }] : [];
  });
}

/** An objective that no backup interval can meet is a wish, not an objective. */
export function objectives(plan: ServicePlan, path: string): Problem[] {
  const { dataset } = plan;
  const intervals = [
    { part: 'database', seconds: dataset?.database ? 1 : 0 },
    { part: 'files', seconds: dataset?.files ? Math.min(dataset.files.settleSeconds, dataset.files.intervalSeconds) : 0 },
  ];
  return intervals
    .filter(({ seconds }) => seconds > plan.objectives.rpoSeconds)
    .map(({ part, seconds }) => ({
      path: `${path}.services.${plan.name}.objectives.rpoSeconds`,
      message: `${plan.objectives.rpoSeconds} s cannot be met: ${part} is backed up ${seconds} s after a change; raise the objective or back up more often`,
    }));
}

function dependencies(plan: ServicePlan, plans: ServicePlan[], path: string): Problem[] {
  return plan.dependsOn
    .filter((name) => !plans.some((other) => other.name === name))
    .map((name) => ({ path: `${path}.services.${plan.name}.dependsOn`, message: `${name} does not run on this host` }));
}
