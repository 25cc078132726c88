/** The Pulumi program: one stack, one declaration, built and exported. */
import './components/requirements';
import * as pulumi from '@pulumi/pulumi';
import { loadConfiguration } from './components/configuration';
import { Fleet } from './components/fleet';
import { Proof } from './components/proof';
import { checkReality } from './components/reality';
import { publicName } from './services';
import { pulumiCli } from './stacks/outside/versions';

// The SDK takes a stack trace of every promise, some sixty for a resource, which is most of the program's time. Taken only by
// who asks for them: NODE_OPTIONS=--stack-trace-limit=20.
const DEFAULT_LIMIT = 10;
if (Error.stackTraceLimit === DEFAULT_LIMIT) Error.stackTraceLimit = 0;
// It takes a whole one of each resource, and sends it along; these first calls say where the resource was declared. They are
// not mapped back to TypeScript, which the runner would do one by one, and name the same files and functions.
const CALLS = 6;
Error.prepareStackTrace = (error, calls) =>
  calls.length
    ? [String(error), ...calls.slice(0, CALLS).map((call) => `    at ${String(call)}`)].join('\n')
    : String(error);
// It also sends the engine four debug messages for a resource, one after the other, and does not end before the last has arrived:
// more calls, and more waiting, than all registrations together.
Object.assign(pulumi.log, { debug: () => Promise.resolve() });

/** Registers the stack's resources and gives its outputs. */
export = async () => {
  // Pulumi.yaml says the same, which a CLI before 3.219 does not read.
  await pulumi.requirePulumiVersion(`>=${pulumiCli.value}`);
  const configuration = loadConfiguration();
  const { declaration, settings } = configuration;
  const isProof = declaration.proves !== undefined;
  if (isProof) new Proof(declaration.fleet, configuration);
  // Nobody is told of the hosts of a proof.
  const made = isProof ? {} : new Fleet(declaration.fleet, configuration).hosts;
  if (!isProof) checkReality(configuration, made);
  return {
    /** Per host: the machine's own address, the reserved IP that public names point at, and the incarnation behind it. */
    hosts: pulumi.output(
      Object.fromEntries(
        Object.entries(made).map(([name, { address, reservedIp, incarnation }]) => [
          name,
          { address, reservedIp, incarnation },
        ]),
      ),
    ),
    /** Public names of the stack. */
    names: declaration.hosts.flatMap((host) => host.publicNames.map((label) => publicName(label, settings.zone.name))),
    /** How the outside watcher decides that a host is dead. */
    monitor: declaration.monitor,
    /** What the stack promises, by kind of service. */
    objectives: declaration.objectives,
  };
};
