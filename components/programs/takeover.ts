/**
 * Registers a machine as the primary of its host and lets it alone write to the store. For a rebuild by hand, after the machine that was the
 * primary is off; in an update the hook of `<host>-takeover` does the same.
 */
import { grantOnly } from '../store/admin';
import { storeClient } from '../store/client';
import { register } from '../store/registrations';
import type { TakeoverInput } from './contracts';
import { run } from './program';

run<TakeoverInput>(async ({ store, admin, account, hasStandby, registration }) => {
  const client = storeClient({ ...store, ...admin });
  await register(client, account.bucket, registration);
  await grantOnly(client, account, hasStandby);
  return [`${registration.incarnation} is ${registration.host}; its key alone may write to ${account.bucket}`];
}, 'The machine could not take over');
