/** The Pulumi program: one stack, one declaration, built and exported. */
import './components/requirements';
import * as pulumi from '@pulumi/pulumi';
import { loadConfiguration } from './components/configuration';
import { endWithEngine } from './components/engine-watch';
import { Fleet } from './components/fleet';
import { underLease } from './components/lease';
import { Proof } from './components/proof';
import { checkReality } from './components/reality';
import { untraced } from './components/untraced';
import { publicName } from './services';
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
  // A proof changes nothing that another update could meet, and nobody is told of its hosts.
  const lease = isProof || pulumi.runtime.isDryRun() ? undefined : await underLease(configuration);
  const made = isProof ? {} : new Fleet(declaration.fleet, configuration, lease?.check).hosts;
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
