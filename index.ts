/** The Pulumi program: one stack, one declaration, built and exported. */
import * as pulumi from '@pulumi/pulumi';
import { loadConfiguration } from './components/configuration';
import { Fleet } from './components/fleet';
import { publicName } from './services';

// The SDK takes a stack trace of every promise. Long ones, mapped back to TypeScript as the runner has it, take more than half of
// the program's time; short unmapped ones name the same files and functions.
Error.prepareStackTrace = undefined as never;
Error.stackTraceLimit = 3;

const configuration = loadConfiguration();
const { declaration, settings } = configuration;
const fleet = new Fleet(declaration.fleet, configuration);

/** Per host: the machine's own address, the reserved IP that public names point at, and the incarnation behind it. */
export const hosts = pulumi.output(
  Object.fromEntries(Object.entries(fleet.hosts).map(([name, { address, reservedIp, incarnation }]) => [name, { address, reservedIp, incarnation }])),
);
/** Public names of the stack. */
export const names = declaration.hosts.flatMap((host) => host.publicNames.map((label) => publicName(label, settings.zone.name)));
/** How the outside watcher decides that a host is dead. */
export const monitor = declaration.monitor;
/** What the stack promises, by kind of service. */
export const objectives = declaration.objectives;
