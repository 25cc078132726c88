/** Makes the bucket of a host and the account of one incarnation, which may do nothing until its machine takes over. */
import { randomBytes } from 'node:crypto';
import { acceptedAfter, untilAccepted } from '../store/accepted';
import { ensureAccount, ensureBucket } from '../store/admin';
import { storeClient } from '../store/client';
import { prunerOf, readerOf, standbyOf } from '../store/names';
import type { StoreKeyInput } from './contracts';
import { run } from './program';

run<StoreKeyInput>(async ({ store, admin: key, account, hasStandby }) => {
  const admin = { ...store, ...key };
  // Accounts first: a store of another kind refuses them.
  await ensureAccount(admin, account);
  // The policy names them, and a policy may only name who is there. Nobody learns these secrets: who uses one makes it anew.
  const { bucket } = account;
  for (const accessKey of [readerOf(bucket), prunerOf(bucket), ...(hasStandby ? [standbyOf(bucket)] : [])])
    await ensureAccount(admin, { ...account, accessKey, secretKey: randomBytes(20).toString('hex') });
  await ensureBucket(storeClient(admin), bucket);
  const seconds = await untilAccepted(admin, account);
  return [`bucket ${bucket} and account ${account.accessKey} are there${acceptedAfter(seconds)}`];
}, 'The store could not be prepared');
