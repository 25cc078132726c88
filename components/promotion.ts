/** The moment at which a standby becomes the primary: the machine that was is fenced, as before a rebuild, and nothing is done before it is. */
import * as command from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { twinOf } from './machines';
import { preflightHook, type PreflightArgs } from './preflight';

export interface PromotionArgs extends Omit<PreflightArgs, 'fences'> {
  /** How often the parts were changed. */
  promoted: number;
}

export function promotion(name: string, { promoted, ...look }: PromotionArgs, opts: pulumi.ComponentResourceOptions): pulumi.Resource {
  const [own, twin] = [look.host.name, twinOf(look.host.name)];
  const hook = preflightHook(`promotion-${name}`, { ...look, fences: look.primary === own ? twin : own });
  return new command.local.Command(
    `${name}-promotion`,
    // The hook does the work, so that its error leaves everything as it is; the resource remembers that it was done.
    { create: `echo ${look.primary} is the primary`, triggers: [promoted], addPreviousOutputInEnv: false },
    { ...opts, hooks: { beforeCreate: [hook] } },
  );
}
