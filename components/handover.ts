/** What may live on any host is taken over from wherever it lived before, once that host has let it go. */
import * as command from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import { declarations, type Declaration, type Host } from '../stacks';
import type { ServicePlan } from '../services';
import type { Settings } from '../stacks/model/settings';
import { onlyGiven } from './remote-step';
import type { OtherHost } from './store/moved';
import { bucketOf } from './store/names';

export interface HandoverArgs {
  declaration: Declaration;
  host: Host;
  settings: Settings;
  incarnation: pulumi.Output<string>;
  movable: ServicePlan[];
  /** Where else they may have lived. */
  elsewhere: OtherHost[];
  admin: { accessKey: pulumi.Output<string>; secretKey: pulumi.Output<string> };
  resticPassword: pulumi.Output<string>;
}

/** What `scripts/handover.ts` reads on its standard input, as JSON. */
export interface HandoverInput {
  store: { endpoint: string; region: string };
  admin: { accessKey: string; secretKey: string };
  bucket: string;
  host: string;
  others: OtherHost[];
  services: string[];
  /** age recipient of this stack's backups. */
  recipient: string;
  resticPassword: string;
}

/** Every other host of the fleet, in whichever stack, with its bucket. */
export function otherHosts(declaration: Declaration, host: Host, settings: Settings): OtherHost[] {
  // A throwaway stack is nobody's neighbour.
  if (!Object.hasOwn(declarations, declaration.stack)) return [];
  const bucket = (stack: string, of: string) => bucketOf(settings.store.bucketPrefix, stack, of);
  return Object.values(declarations)
    .filter(({ fleet }) => fleet === declaration.fleet)
    .flatMap(({ stack, hosts }) => hosts.map((other) => ({ host: other.name, bucket: bucket(stack, other.name) })))
    .filter((other) => other.bucket !== bucket(declaration.stack, host.name));
}

/** What must be done before the movable services of a host are restored there. */
export function handover(
  name: string,
  args: HandoverArgs,
  opts: pulumi.ComponentResourceOptions,
): command.local.Command {
  const { declaration, host, settings } = args;
  const services = args.movable.map((plan) => plan.name).sort();
  const input = {
    store: settings.store,
    bucket: bucketOf(settings.store.bucketPrefix, declaration.stack, host.name),
    host: host.name,
    others: args.elsewhere,
    services,
    recipient: settings.backupRecipient,
  };
  return new command.local.Command(
    `${name}-handover`,
    {
      create: 'node --import tsx scripts/handover.ts',
      stdin: pulumi
        .all([args.admin.accessKey, args.admin.secretKey, args.resticPassword])
        .apply(([accessKey, secretKey, resticPassword]) =>
          JSON.stringify({ ...input, admin: { accessKey, secretKey }, resticPassword } satisfies HandoverInput),
        ),
      triggers: [args.incarnation, services.join(' ')],
      addPreviousOutputInEnv: false,
    },
    { ...opts, customTimeouts: { create: '30m', update: '30m' }, transformations: [onlyGiven] },
  );
}
