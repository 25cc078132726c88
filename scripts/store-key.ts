/**
 * Makes the bucket of a host and the key of one incarnation, and withdraws every older key.
 * Run by the program on the operator's machine; JSON with the administrator's key on standard input, nothing secret printed.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ensureAccount, ensureBucket, grantOnly, storeClient, type StoreAdmin } from '../components/store/admin';
import { readerOf, type StoreAccount } from '../components/store/names';

interface Input {
  store: { endpoint: string; region: string };
  retentionDays: number;
  admin: { accessKey: string; secretKey: string };
  account: StoreAccount;
}

async function main(): Promise<void> {
  const input = JSON.parse(readFileSync(0, 'utf8')) as Input;
  const admin: StoreAdmin = { ...input.store, ...input.admin };
  const client = storeClient(admin);
  await ensureBucket(client, input.account.bucket, input.retentionDays);
  await ensureAccount(admin, input.account);
  // The policy names it, and a policy may only name who is there. Nobody learns this secret: a proof makes the account anew.
  const reader = { ...input.account, accessKey: readerOf(input.account.bucket), secretKey: randomBytes(20).toString('hex') };
  await ensureAccount(admin, reader);
  await grantOnly(client, input.account);
  console.log(`key ${input.account.accessKey} may write below ${input.account.bucket}/${input.account.prefix}/`);
}

main().catch((error: Error) => {
  console.error(`The store could not be prepared: ${error.message || error.name}. Check that its endpoint is reachable and its administrator key is right.`);
  process.exitCode = 1;
});
