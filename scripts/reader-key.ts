/**
 * Makes the key with which a scratch host reads another host's backups, anew. Run by the program on the operator's machine; JSON with the
 * administrator's key on standard input, nothing secret printed.
 */
import { readFileSync } from 'node:fs';
import { acceptedAfter } from '../components/store/accepted';
import { renewAccount } from '../components/store/admin';
import type { StoreAccount } from '../components/store/names';

interface Input {
  store: { endpoint: string; region: string };
  admin: { accessKey: string; secretKey: string };
  account: StoreAccount;
}

const input = JSON.parse(readFileSync(0, 'utf8')) as Input;
renewAccount({ ...input.store, ...input.admin }, input.account)
  .then((seconds) =>
    console.log(`key ${input.account.accessKey} may read ${input.account.bucket}${acceptedAfter(seconds)}`),
  )
  .catch((error: Error) => {
    console.error(
      `The store did not make a key to read with: ${error.message || error.name}. Check that its endpoint is reachable and its administrator key is right.`,
    );
    process.exitCode = 1;
  });
