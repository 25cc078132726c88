/** The host's own key to the store: made for one incarnation, write-only below its prefix, useless to any other. */
import * as command from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { Settings } from '../stacks/model/settings';
import { accountOf, keyRequest } from './inputs';
import { onlyGiven } from './remote-step';
import type { StoreAccount } from './store/names';

export interface StoreAccessArgs {
  stack: string;
  host: string;
  incarnation: pulumi.Output<string>;
  settings: Settings;
  lockDays: number;
  admin: { accessKey: pulumi.Output<string>; secretKey: pulumi.Output<string> };
}

export class StoreAccess extends pulumi.ComponentResource {
  /** Bucket, prefix and key that the host gets. */
  readonly account: pulumi.Output<StoreAccount>;
  /** What must exist before the host first writes. */
  readonly ready: pulumi.Resource;

  constructor(name: string, args: StoreAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super('fleet:store:Access', name, {}, opts);
    const { settings, stack, host } = args;
    this.account = pulumi.secret(
      pulumi
        .all([args.incarnation, args.admin.secretKey])
        .apply(([incarnation, secret]) => accountOf(settings, stack, host, incarnation, secret)),
    );
    this.ready = new command.local.Command(
      name,
      {
        create: 'node --import tsx scripts/store-key.ts',
        stdin: pulumi
          .all([args.admin.accessKey, args.admin.secretKey, this.account])
          .apply(([accessKey, secretKey, account]) =>
            JSON.stringify(
              keyRequest(
                settings,
                args.lockDays,
                { accessKey, secretKey },
                account,
                settings.standby[host] !== undefined,
              ),
            ),
          ),
        triggers: [args.incarnation],
        addPreviousOutputInEnv: false,
      },
      { parent: this, customTimeouts: { create: '5m', update: '5m' }, transformations: [onlyGiven] },
    );
    this.registerOutputs({});
  }
}
