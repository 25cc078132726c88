/**
 * Writes down that a machine is the primary of its host from now on, and lets it alone write to the store. For a rebuild by hand, after the machine
 * that was the primary is off; in an update the program does the same in the hook of `<host>-takeover`.
 * JSON with the administrator's key on standard input, nothing secret printed.
 */
import { readFileSync } from 'node:fs';
import type { TakeoverInput } from '../components/inputs';
import { grantOnly } from '../components/store/admin';
import { storeClient } from '../components/store/client';
import { register } from '../components/store/registrations';

async function main(): Promise<void> {
  const { store, admin, account, hasStandby, registration } = JSON.parse(readFileSync(0, 'utf8')) as TakeoverInput;
  const client = storeClient({ ...store, ...admin });
  await register(client, account.bucket, registration);
  await grantOnly(client, account, hasStandby);
  console.log(`${registration.incarnation} is ${registration.host}; its key alone may write to ${account.bucket}`);
}

main().catch((error: Error) => {
  console.error(
    `The machine could not take over: ${error.message || error.name}. Check that the store's endpoint is reachable and its administrator key is right.`,
  );
  process.exitCode = 1;
});
