/** A key to a host's backups that reads all of them, and is no key of that host: for a machine that restores beside it. What it may write, if anything, is in the bucket's policy. */
import * as command from '@pulumi/command';
import * as pulumi from '@pulumi/pulumi';
import type { Configuration } from './configuration';
import { derivedKey } from './inputs';
import { onlyGiven } from './remote-step';
import type { StoreAccount } from './store/names';

export interface ReaderAccessArgs {
  configuration: Configuration;
  bucket: string;
  /** Name of the account in the store. */
  accessKey: string;
  incarnation: pulumi.Output<string>;
}

export interface ReaderAccess {
  account: pulumi.Output<StoreAccount>;
  /** What must exist before the machine first reads. */
  ready: pulumi.Resource;
}

export function readerAccess(
  name: string,
  { configuration: { settings, secrets }, bucket, accessKey, incarnation }: ReaderAccessArgs,
  opts: pulumi.ComponentResourceOptions,
): ReaderAccess {
  const account = pulumi.secret(
    pulumi.all([incarnation, secrets.storeSecretKey]).apply(([incarnation, secret]): StoreAccount => ({
      bucket,
      prefix: incarnation,
      accessKey,
      secretKey: derivedKey(secret, `${accessKey}/${incarnation}`),
    })),
  );
  const ready = new command.local.Command(
    `${name}-reader`,
    {
      create: 'node --import tsx scripts/reader-key.ts',
      stdin: pulumi
        .all([secrets.storeAccessKey, secrets.storeSecretKey, account])
        .apply(([accessKey, secretKey, made]) =>
          JSON.stringify({ store: settings.store, admin: { accessKey, secretKey }, account: made }),
        ),
      triggers: [incarnation],
      addPreviousOutputInEnv: false,
    },
    { ...opts, customTimeouts: { create: '5m' }, transformations: [onlyGiven] },
  );
  return { account, ready };
}
