/** What everything above the machine needs to know of it; a droplet is one implementation, an adopted machine another. */
import type * as command from '@pulumi/command';
import type * as pulumi from '@pulumi/pulumi';

export interface Machine {
  name: string;
  /** Address SSH connects to. */
  address: pulumi.Output<string>;
  /** Identity of the machine behind the name; a new one re-runs everything on it. */
  incarnation: pulumi.Output<string>;
  /** For whatever comes first on a new machine: waits until it has booted. */
  firstConnection: pulumi.Input<command.types.input.remote.ConnectionArgs>;
  connection: pulumi.Input<command.types.input.remote.ConnectionArgs>;
}
