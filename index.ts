/** The Pulumi program: one stack, one declaration, built and exported. */
import './components/requirements';
import * as pulumi from '@pulumi/pulumi';
import { loadConfiguration, type Configuration } from './components/configuration';
import { endWithEngine } from './components/engine-watch';
import { Fleet } from './components/fleet';
import type { Host } from './components/host';
import { underLease } from './components/lease';
import { Proof } from './components/proof';
import { checkReality } from './components/reality';
import type { Site } from './components/site';
import { Sites } from './components/sites';
import { untraced } from './components/untraced';
import { publicName } from './services';
import { isStore } from './stacks/model/sites';
import { pulumiCli } from './stacks/outside/versions';

untraced();
endWithEngine();

/** Registers the stack's resources and gives its outputs. */
export = async () => {
  // Pulumi.yaml says the same, which a CLI before 3.219 does not read.
  await pulumi.requirePulumiVersion(`>=${pulumiCli.value}`);
  const configuration = loadConfiguration();
  const { declaration, settings } = configuration;
  const isProof = declaration.kind === 'proof';
  if (isProof) new Proof(declaration.fleet, configuration);
  // A proof changes nothing that another update could meet, and nobody is told of its hosts. A store cannot hold the lease of itself.
  const leased = !isProof && !isStore(declaration) && !pulumi.runtime.isDryRun();
  const lease = leased ? await underLease(configuration) : undefined;
  const made = isProof ? {} : hostsOf(configuration, lease?.check);
  if (!isProof) checkReality(configuration, made);
  return {
    /** Per host: the machine's own address, the entrance that public names lead to, and the incarnation behind it. */
    hosts: pulumi.output(
      Object.fromEntries(
        Object.entries(made).map(([name, { address, entrance, incarnation }]) => [
          name,
          { address, entrance, incarnation },
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

function hostsOf(configuration: Configuration, checkLease?: () => Promise<void>): Record<string, Host | Site> {
  const { declaration } = configuration;
  return isStore(declaration)
    ? new Sites(declaration.fleet, configuration).hosts
    : new Fleet(declaration.fleet, configuration, checkLease).hosts;
}
