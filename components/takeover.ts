/**
 * The moment at which a machine becomes the primary of its host: everything that can no longer change is on it, the machine that was the primary
 * is stopped, and only this one may write to the store. What fails before leaves the old machine serving.
 */
import * as command from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { Machine } from './machines/driver';
import type { Preflight } from './preflight';

export interface TakeoverArgs {
  machine: Machine;
  preflight: Preflight;
  /** A standby that is asked for later gets its right to read with the keys, so they are given anew. */
  hasStandby: boolean;
}

export function takeover(
  name: string,
  { machine, preflight, hasStandby }: TakeoverArgs,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Resource {
  return new command.local.Command(
    `${name}-takeover`,
    // The hook does the work, so that its error leaves everything as it is; the resource remembers that it was done.
    {
      create: 'true',
      triggers: [machine.incarnation, ...(hasStandby ? ['standby'] : [])],
      addPreviousOutputInEnv: false,
    },
    { ...opts, hooks: { beforeCreate: [preflight.beforeTakeover(machine)] } },
  );
}
