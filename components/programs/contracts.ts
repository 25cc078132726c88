/** The programs that a rebuild runs on the operator's machine, and what each of them reads as JSON on its standard input. */
import type { OtherHost } from '../store/moved';
import type { StoreAccount } from '../store/names';
import type { Registration } from '../store/registrations';

interface StoreInput {
  store: { endpoint: string; region: string };
  /** Key of the store's administrator. */
  admin: { accessKey: string; secretKey: string };
}

/** Makes the bucket of a host and the account of one incarnation. */
export const STORE_KEY = 'components/programs/store-key.ts';

export interface StoreKeyInput extends StoreInput {
  account: StoreAccount;
  hasStandby: boolean;
}

/** Makes the account with which a scratch host or a standby reads another machine's backups. */
export const READER_KEY = 'components/programs/reader-key.ts';

export interface ReaderKeyInput extends StoreInput {
  account: StoreAccount;
}

/** Registers a machine as the primary of its host and lets it alone write to the store. */
export const TAKEOVER = 'components/programs/takeover.ts';

export interface TakeoverInput extends StoreInput {
  account: StoreAccount;
  hasStandby: boolean;
  registration: Registration;
}

/** Copies the backups of agents that moved to a host. */
export const HANDOVER = 'components/programs/handover.ts';

export interface HandoverInput extends StoreInput {
  bucket: string;
  host: string;
  others: OtherHost[];
  services: string[];
  /** age recipient of this stack's backups. */
  recipient: string;
  resticPassword: string;
}
