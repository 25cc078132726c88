import { randomBytes } from 'node:crypto';
import { newToken } from '../api/auth';
import { newAuthority, type KeyPair } from '../authority/keys';
import type { Paths } from '../paths';
import type { StoreAdmin } from '../store/gateway';

/** What one cloud keeps from its start to its end, restarts of its daemon included. Root's eyes only. */
export interface Settings {
  tokens: { digitalocean: string; cloudflare: string };
  zone: { id: string; name: string };
  store: StoreAdmin;
  /** Signs the certificates of names that the cloud plays. */
  authority: KeyPair;
  /** Roots of the ACME server, one of each of its starts. */
  issuers: string[];
  /** The saved cloud that this one is a clone of. */
  from?: string;
}

export const settingsPath = ({ run }: Paths) => `${run}/settings.json`;

export async function newSettings(): Promise<Settings> {
  return {
    tokens: { digitalocean: newToken(), cloudflare: newToken() },
    zone: { id: randomBytes(16).toString('hex'), name: 'drill.test' },
    store: { accessKey: randomBytes(10).toString('hex'), secretKey: randomBytes(20).toString('hex') },
    authority: await newAuthority(),
    issuers: [],
  };
}
