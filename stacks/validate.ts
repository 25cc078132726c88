/** Rules between the parts of a declaration. Each function returns problems; nothing throws, so that all are reported at once. */
import { declarationSchema, type Declaration, type Host } from './schema';
import { roleOf } from './roles';
import { sizes } from './sizes';

/** One thing that is wrong: where, and what to do about it. */
export interface Problem {
  path: string;
  message: string;
}

/** Turns zod issues into problems, with the path as one writes it: `hosts[0].region`. */
export function problemsOf(issues: readonly { path: PropertyKey[]; message: string }[], prefix: string): Problem[] {
  return issues.map((issue) => ({
    path: issue.path.reduce<string>((path, key) => (typeof key === 'number' ? `${path}[${key}]` : `${path}.${String(key)}`), prefix),
    message: issue.message,
  }));
}

/** Every problem of a declaration: its shape first, and where the shape holds the rules between its parts. */
export function validateDeclaration(declaration: unknown, name = 'declaration'): Problem[] {
  const parsed = declarationSchema.safeParse(declaration);
  if (!parsed.success) return problemsOf(parsed.error.issues, name);
  const value = parsed.data;
  return [...duplicates(value), ...hostRules(value), ...agentRules(value), ...failurePoints(value)].map((problem) => ({
    ...problem,
    path: `${name}.${problem.path}`,
  }));
}

/** Names of the services of a host, agents not included. */
export function servicesOf(host: Host): string[] {
  return [...new Set([...roleOf(host.role).services, ...host.extraServices])];
}

/** Agents that live on a host. */
export function agentsOf(declaration: Declaration, host: Host) {
  return declaration.agents.filter((agent) => agent.status === 'active' && agent.homes.includes(host.name));
}

function duplicates(declaration: Declaration): Problem[] {
  const seen = (list: { name: string }[], path: string) =>
    list.flatMap(({ name }, index) =>
      list.findIndex((other) => other.name === name) < index
        ? [{ path: `${path}[${index}].name`, message: `"${name}" is declared twice; give it another name` }]
        : [],
    );
  return [...seen(declaration.hosts, 'hosts'), ...seen(declaration.agents, 'agents')];
}

function hostRules(declaration: Declaration): Problem[] {
  return declaration.hosts.flatMap((host, index) => {
    const problems: Problem[] = [];
    const path = `hosts[${index}]`;
    for (const service of servicesOf(host)) {
      if (roleOf(host.role).forbids.includes(service)) {
        problems.push({ path: `${path}.extraServices`, message: `role ${host.role} forbids ${service} on ${host.name}; take it off or choose another host` });
      }
    }
    if (!(host.size in sizes)) {
      problems.push({ path: `${path}.size`, message: `"${host.size}" is not in the size table; choose one of ${Object.keys(sizes).join(', ')}` });
    }
    return problems;
  });
}

function agentRules(declaration: Declaration): Problem[] {
  return declaration.agents.flatMap((agent, index) => {
    const path = `agents[${index}].homes`;
    if (agent.status === 'active' && agent.homes.length !== 1) {
      return [{ path, message: `agent ${agent.name} has ${agent.homes.length} homes; give it exactly one, so that it is never active twice` }];
    }
    return declaration.hosts.flatMap((host) => {
      const allowed = roleOf(host.role).agents;
      const here = agent.homes.includes(host.name);
      return here && allowed !== 'any' && (allowed === 'none' || !allowed.includes(agent.name))
        ? [{ path, message: `role ${host.role} does not allow agent ${agent.name} on ${host.name}` }]
        : [];
    });
  });
}

/** "Fleet Topology", section "Redundancy Status": what runs only once is named as a single point of failure. */
function failurePoints(declaration: Declaration): Problem[] {
  const declared = declaration.singlePointsOfFailure.map((entry) => entry.service);
  const running = new Set(declaration.hosts.flatMap((host) => [...servicesOf(host), ...(agentsOf(declaration, host).length ? ['hermes-agent'] : [])]));
  return [...running]
    .filter((service) => declaration.hosts.filter((host) => servicesOf(host).includes(service)).length <= 1 && !declared.includes(service))
    .map((service) => ({ path: 'singlePointsOfFailure', message: `${service} runs on one host only; declare it with its impact` }));
}
