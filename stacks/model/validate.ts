/** Rules between the parts of a declaration. Each function returns problems; nothing throws, so that all are reported at once. */
import { declarationSchema, type Declaration, type Host } from './schema';
import { agentRules } from './rules/agents';
import { certificateRules } from './rules/certificates';
import { isolation } from './rules/isolation';
import { siteRules } from './rules/sites';

/** One thing that is wrong: where, and what to do about it. */
export interface Problem {
  path: string;
  message: string;
}

/** One line a problem, with its path. */
export function listOf(problems: Problem[]): string {
  const count = problems.length === 1 ? 'One thing is' : `${problems.length} things are`;
  return [
    `${count} wrong; nothing was touched:`,
    ...problems.map(({ path, message }) => `  - ${path}: ${message}`),
  ].join('\n');
}

/** Turns zod issues into problems, with the path as one writes it: `hosts[0].region`. */
export function problemsOf(issues: readonly { path: PropertyKey[]; message: string }[], prefix: string): Problem[] {
  return issues.map((issue) => ({
    path: issue.path.reduce<string>(
      (path, key) => (typeof key === 'number' ? `${path}[${key}]` : `${path}.${String(key)}`),
      prefix,
    ),
    message: issue.message,
  }));
}

/** Every problem of a declaration: its shape first, and where the shape holds the rules between its parts. */
export function validateDeclaration(declaration: unknown, name = 'declaration'): Problem[] {
  const parsed = declarationSchema.safeParse(declaration);
  if (!parsed.success) return problemsOf(parsed.error.issues, name);
  const value = parsed.data;
  return [
    ...duplicates(value),
    ...backupRules(value),
    ...isolation(value, servicesOf),
    ...agentRules(value),
    ...certificateRules(value),
    ...siteRules(value, servicesOf),
  ].map((problem) => ({
    ...problem,
    path: `${name}.${problem.path}`,
  }));
}

/** Names of the services of a host, agents not included. */
export function servicesOf(host: Host): string[] {
  return [...new Set([...host.role.services, ...host.extraServices])];
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

/** From one nightly proof to the next, with room for a night that took longer. */
const PROVED_WITHIN_HOURS = 30;

/** Each tier begins where the finer one has ended. */
function backupRules({ backup: { keep } }: Declaration): Problem[] {
  const { everySecondHours, hourlyDays, dailyDays } = keep;
  const rules: Array<[isKept: boolean, key: keyof typeof keep, message: string]> = [
    [
      everySecondHours >= PROVED_WITHIN_HOURS,
      'everySecondHours',
      `${everySecondHours} hours are over before the next nightly proof locks what it read; write at least ${PROVED_WITHIN_HOURS}`,
    ],
    [
      hourlyDays * 24 >= everySecondHours,
      'hourlyDays',
      `${hourlyDays} days of one moment an hour are over before the ${everySecondHours} hours of everySecondHours; write at least ${Math.ceil(everySecondHours / 24)}`,
    ],
    [
      dailyDays >= hourlyDays,
      'dailyDays',
      `${dailyDays} days of one moment a day are over before the ${hourlyDays} days of hourlyDays; write at least ${hourlyDays}`,
    ],
  ];
  return rules.flatMap(([isKept, key, message]) => (isKept ? [] : [{ path: `backup.keep.${key}`, message }]));
}
