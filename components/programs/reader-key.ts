/** Makes the key with which a scratch host or a standby reads another machine's backups, anew. */
import { acceptedAfter } from '../store/accepted';
import { renewAccount } from '../store/admin';
import type { ReaderKeyInput } from './contracts';
import { run } from './program';

run<ReaderKeyInput>(async ({ store, admin, account }) => {
  const seconds = await renewAccount({ ...store, ...admin }, account);
  return [`key ${account.accessKey} may read ${account.bucket}${acceptedAfter(seconds)}`];
}, 'The store did not make a key to read with');
