import { PackageFactory, ResourceProvider } from '../types';
import { CopyToRemote } from './copyToRemote';
import { LocalCommand } from './localCommand';
import { RemoteCommand } from './remoteCommand';

/** The command provider: runs things here and over SSH. */
export const command: PackageFactory = {
  configKeys: [],
  // Without it the official CLI updates the provider resource at its next run.
  extraInputs: { '__pulumi-go-provider-version': 'v1.5.0' },
  configure(_config, { env, root }) {
    const resources: Record<string, ResourceProvider> = {
      'command:local:Command': new LocalCommand(env, root),
      'command:remote:Command': new RemoteCommand(),
      'command:remote:CopyToRemote': new CopyToRemote(root),
    };
    return { resource: (type) => resources[type] };
  },
};
