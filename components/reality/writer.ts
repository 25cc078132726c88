/** Whether a host's machine may write to the store. Whatever else is right, what it takes in meanwhile is backed up nowhere. */
import * as pulumi from '@pulumi/pulumi';
import type { Configuration } from '../configuration';
import { accountOf } from '../inputs';
import { machinesOf } from '../machines/slots';
import { formerOf } from '../preflight/presence';
import { grantOnly, isWriter } from '../store/admin';
import { storeClient } from '../store/client';
import { incarnationsOf } from '../store/restore-points';

export interface Writer {
  /** A store that does not answer throws. */
  mayWrite(): Promise<boolean>;
  /** Gives the machine its key again, where it is the one that took over last; whether it did. */
  giveBack(): Promise<boolean>;
}

export function writer(
  { declaration, settings }: Configuration,
  admin: { accessKey: string; secretKey: string },
  host: string,
  machine: string,
): Writer {
  const client = storeClient({ ...settings.store, ...admin });
  const account = accountOf(settings, declaration, host, machine, admin.secretKey);
  return {
    mayWrite: () => isWriter(client, account),
    giveBack: async () => {
      const [newest] = formerOf(await incarnationsOf(client, account.bucket));
      if (newest?.incarnation !== machine) return false;
      await grantOnly(client, account, machinesOf(host, settings).standby !== undefined);
      await pulumi.log.warn(
        `${host}: the key of its machine to the store had been taken away, so nothing was backed up; it was given back`,
      );
      return true;
    },
  };
}
