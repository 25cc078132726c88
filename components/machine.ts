/** What everything above the machine needs to know of it; a droplet is one implementation, an adopted machine another. */
import type * as command from '@pulumi/command';
import type * as pulumi from '@pulumi/pulumi';

export interface Machine {
  name: string;
  /** Address SSH connects to. */
  address: pulumi.Output<string>;
  /** Identity of the machine behind the name; a new one re-runs everything on it. */
  incarnation: pulumi.Output<string>;
  connection: pulumi.Input<command.types.input.remote.ConnectionArgs>;
}
