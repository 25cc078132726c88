/** The value of an output that is known by the time a hook runs. */
import type * as pulumi from '@pulumi/pulumi';

export const settled = (output: pulumi.Output<string>): Promise<string> =>
  new Promise((resolve) => output.apply(resolve));
