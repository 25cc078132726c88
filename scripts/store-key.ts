/**
 * Makes the bucket of a host and the account of one incarnation. It may do nothing until the machine takes over.
 * Run by the program on the operator's machine; JSON with the administrator's key on standard input, nothing secret printed.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { acceptedAfter, untilAccepted } from '../components/store/accepted';
import { ensureAccount, ensureBucket } from '../components/store/admin';
import { storeClient, type StoreAccess } from '../components/store/client';
import { readerOf, standbyOf, type StoreAccount } from '../components/store/names';

interface Input {
  store: { endpoint: string; region: string };
  lockDays: number;
  admin: { accessKey: string; secretKey: string };
  account: StoreAccount;
  hasStandby?: boolean;
}

async function main(): Promise<void> {
  const input = JSON.parse(readFileSync(0, 'utf8')) as Input;
  const admin: StoreAccess = { ...input.store, ...input.admin };
  const client = storeClient(admin);
  // Accounts first: a store of another kind refuses them, and on one that stamps retention on objects a lock of a century could not be taken back.
  await ensureAccount(admin, input.account);
  // The policy names them, and a policy may only name who is there. Nobody learns these secrets: who reads makes its account anew.
  const readers = [readerOf(input.account.bucket), ...(input.hasStandby ? [standbyOf(input.account.bucket)] : [])];
  for (const accessKey of readers)
    await ensureAccount(admin, { ...input.account, accessKey, secretKey: randomBytes(20).toString('hex') });
  await ensureBucket(client, input.account.bucket, input.lockDays);
  const seconds = await untilAccepted(admin, input.account);
  console.log(
    `bucket ${input.account.bucket} and account ${input.account.accessKey} are there${acceptedAfter(seconds)}`,
  );
}

main().catch((error: Error) => {
  console.error(
    `The store could not be prepared: ${error.message || error.name}. Check that its endpoint is reachable and its administrator key is right.`,
  );
  process.exitCode = 1;
});
