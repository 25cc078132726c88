/** Makes the bucket of a host and the account of one incarnation, which may do nothing until its machine takes over. */
import { randomBytes } from 'node:crypto';
import { acceptedAfter, untilAccepted } from '../store/accepted';
import { ensureAccount, ensureBucket } from '../store/admin';
import { storeClient } from '../store/client';
import { readerOf, standbyOf } from '../store/names';
import type { StoreKeyInput } from './contracts';
import { run } from './program';

run<StoreKeyInput>(async ({ store, admin: key, account, lockDays, hasStandby }) => {
  const admin = { ...store, ...key };
  // Accounts first: a store of another kind refuses them, and on one that stamps retention on objects a lock of a century could not be taken back.
  await ensureAccount(admin, account);
  // The policy names them, and a policy may only name who is there. Nobody learns these secrets: who reads makes its account anew.
  const readers = [readerOf(account.bucket), ...(hasStandby ? [standbyOf(account.bucket)] : [])];
  for (const accessKey of readers)
    await ensureAccount(admin, { ...account, accessKey, secretKey: randomBytes(20).toString('hex') });
  await ensureBucket(storeClient(admin), account.bucket, lockDays);
  const seconds = await untilAccepted(admin, account);
  return [`bucket ${account.bucket} and account ${account.accessKey} are there${acceptedAfter(seconds)}`];
}, 'The store could not be prepared');
