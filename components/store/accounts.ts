/** The store's accounts, for the one who clears away: an incarnation's account is worth nothing once its bucket is shut. */
import { randomBytes } from 'node:crypto';
import { adminCall, ensureAccount } from './admin';
import type { StoreAccess } from './client';

/** Access keys of every account. */
export async function listAccounts(admin: StoreAccess): Promise<string[]> {
  const { statusCode, text } = await adminCall(admin, '/list-users', '');
  if (statusCode >= 400) throw new Error(`the store refused to list its accounts (HTTP ${statusCode})`);
  return [...text.matchAll(/<Access>([^<]+)<\/Access>/g)].map(([, access = '']) => access);
}

export async function removeAccount(admin: StoreAccess, access: string): Promise<void> {
  const { statusCode } = await adminCall(admin, `/delete-user?access=${encodeURIComponent(access)}`, '');
  if (statusCode >= 400 && statusCode !== 404)
    throw new Error(`the store refused to remove the account ${access} (HTTP ${statusCode})`);
}

/** Gives an account a secret that nobody knows. It stays, because the store takes no policy that names an account that is gone. */
export async function closeAccount(admin: StoreAccess, accessKey: string): Promise<void> {
  await removeAccount(admin, accessKey);
  await ensureAccount(admin, { accessKey, secretKey: randomBytes(20).toString('hex') });
}
